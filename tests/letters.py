"""What the tests of letters begin with: a capture in the case, a letter of its first remedy."""

from bot.core.files import Arrived
from bot.core.forms import FormName
from bot.core.letterheads import Letter
from bot.core.letters import AnnexRole, LetterKind
from bot.core.people import MemberId
from bot.core.remedies import Remedy
from tests.world import MONDAY_NOON, World

NOTICE = (
    "Éditeur : Alpha SAS, 1 rue Neuve, 75001 Paris, SIREN 732 829 320\n"
    "Directeur de la publication : Jean Durand\nHébergeur : OVH SAS"
)
"""What a site says of itself."""


async def a_capture(world: World, role: AnnexRole = AnnexRole.CAPTURE) -> None:
    """A piece of the first case."""
    content = f"\x89PNG {role}".encode()
    digest = await world.ports.archive.put(content)
    shown = Arrived(digest, f"{role}.png", "image/png", len(content)).encode()
    await world.fill(FormName.ATTACH, 1, file=shown, title=f"Pièce {role}", role=role.value)


async def plant_letter(world: World, kind: LetterKind = LetterKind.ERASURE_REQUEST) -> Letter:
    """A letter begun, of the first remedy there is, whatever that is."""
    async with world.store.write() as tx:
        remedy = (await tx.find(Remedy))[0]
        about = (remedy.case_id, remedy.practice_id, remedy.id, kind)
        return await tx.add(Letter(*about, MONDAY_NOON, MemberId(1)))
