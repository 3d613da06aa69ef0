"""What cannot wait: threat, hate, homes given away; and what must ring for nobody."""

import time

import pytest

from bot.adapters.lawbook import load_harms
from bot.adapters.wording import TEMPLATES
from bot.core.harms import Alarm

READER = load_harms(TEMPLATES)
CALM = """
Je recommande vivement, voici son adresse : 12 rue de Paris à Lille.
Il va payer la consultation avec la carte Vitale.
Elle va payer ses études de médecine.
Sans ce médecin mon père allait mourir, on nous avait dit : il va mourir demain.
Ma voisine va mourir aussi, disait-elle ; le docteur l'a sauvée.
Elle habite au Maroc depuis deux ans et revient se faire soigner ici.
Il habite au-dessus du cabinet, très pratique.
Tu vas payer cher mais le résultat est là.
Une facture à payer, une bête à abattre : le vétérinaire a refusé.
Menaces de mort contre une médecin : le prévenu condamné à Lille.
Le procès de l'homme accusé de menaces de mort contre la docteure.
L'école de ses enfants est en face du cabinet.
Une dent sale, noire et cariée ; les murs d'un sale noir.
On va te trouver un rendez-vous rapidement, disent-elles avec le sourire.
Je vais venir au cabinet demain pour mon contrôle.
Elle mérite des coups de pouce.
J'ai eu son numéro personnel pour les urgences, très dévoué.
Allez lui rendre visite, vous ne serez pas déçus !
Il habite rue de la Paix mais consulte à Lille.
Faites tourner son adresse, c'est une perle !
Mon dentiste m'a donné son portable perso en cas d'urgence.
La légiste a constaté une balle dans la tête.
Le feu au cabinet dentaire a fait des dégâts vendredi soir.
Allez chez elle, vous serez bien soignés.
On peut crever d'attendre dans cette salle.
Il est rentré dans son pays après ses études.
Nous avons fait la bamboula pour fêter son départ.
"""
URGENT = {
    Alarm.THREAT: """
Je vais te tuer, sale menteuse.
ON SAIT OU TU HABITES
Qu’elle crève.
Il faut brûler son cabinet.
Elle mérite de crever cette dentiste.
Je vais lui casser la gueule.
Tu vas le payer très cher, fais attention à toi.
On va te crever.
Quelqu'un devrait la tuer.
Fais attention à tes enfants.
Je vais foutre le feu à son cabinet.
""",
    Alarm.HATE: """
Sale arabe, retourne dans ton pays.
Encore une sale juive
Qu'il rentre dans son pays !
""",
    Alarm.DOXING: """
Voici son adresse perso, allez la voir chez elle.
Son adresse personnelle c'est 3 rue des Lilas.
""",
    Alarm.HARASSMENT: """
Harcelez-la jusqu'à ce qu'elle ferme.
Ce soir on sature tous son standard.
Pends-toi, docteur, le monde se portera mieux sans toi.
""",
    Alarm.IMPERSONATION: """
Nouveau compte de votre médecin, l'ancien est piraté, envoyez-moi votre carte Vitale.
""",
}


@pytest.mark.parametrize("said", CALM.strip().splitlines())
def test_what_people_write_every_day_rings_for_nobody(said: str) -> None:
    assert READER.alarms(said) == ()


@pytest.mark.parametrize(
    ("alarm", "said"),
    [(alarm, said) for alarm, lines in URGENT.items() for said in lines.strip().splitlines()],
)
def test_what_cannot_wait_is_told_with_why(alarm: Alarm, said: str) -> None:
    assert alarm in READER.alarms(said)


def test_a_phrase_reaches_across_no_text() -> None:
    assert Alarm.THREAT in READER.alarms("Je vais te tuer")
    assert READER.alarms("Je vais te", "tuer") == ()


def test_a_hostile_text_is_read_at_once() -> None:
    start = time.process_time()
    READER.alarms("je vais te " * 100_000)
    assert time.process_time() - start < 5
