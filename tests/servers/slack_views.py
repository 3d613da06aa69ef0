"""The Web API's views: modals opened by a trigger, updated by hash, and the App Home."""

from tests.servers.peer import Json
from tests.servers.slack_blocks import check_view, slack_error
from tests.servers.slack_people import SlackPeople, Trigger
from tests.servers.slack_state import SlackView

_MOST_MODALS = 3


class SlackViews(SlackPeople):
    """``views.open``, ``views.push``, ``views.update`` and ``views.publish``."""

    async def views_open(self, params: Json) -> Json:
        content = self._modal_content(params)
        trigger = self._spend(params)
        for view in self.modals(trigger.user):
            view.is_open = False
        return {"view": self.add_view(content, trigger.user).json()}

    async def views_push(self, params: Json) -> Json:
        content = self._modal_content(params)
        trigger = self._spend(params)
        if trigger.view is None:
            raise slack_error("not_found")
        if len(self.modals(trigger.user)) >= _MOST_MODALS:
            raise slack_error("push_limit_reached")
        return {"view": self.add_view(content, trigger.user).json()}

    async def views_update(self, params: Json) -> Json:
        content = self._checked(params)
        view = self._view(params)
        if view is None or not view.is_open:
            raise slack_error("not_found")
        self._check_hash(view, params)
        self.change_view(view, content)
        return {"view": view.json()}

    async def views_publish(self, params: Json) -> Json:
        content = check_view(params.get("view"))
        user = self.users.get(str(params.get("user_id")))
        if content["type"] != "home":
            raise slack_error("invalid_arguments")
        if user is None or user.id in self.deactivated:
            more = {"messages": ["invalid `user_id`"]}
            raise slack_error("invalid_arguments", response_metadata=more)
        view = self.home(user)
        if view is None:
            return {"view": self.add_view(content, user).json()}
        self._check_hash(view, params)
        self.change_view(view, content)
        return {"view": view.json()}

    def _checked(self, params: Json) -> Json:
        """A view that may be shown: what takes files needs the right to read them."""
        content = check_view(params.get("view"))
        kinds = {block.get("element", {}).get("type") for block in content["blocks"]}
        if "file_input" in kinds and not self.may_read_files():
            raise slack_error("invalid_arguments")
        return content

    def _modal_content(self, params: Json) -> Json:
        content = self._checked(params)
        name = content.get("external_id")
        is_taken = any(
            view.is_open and view.content.get("external_id") == name
            for view in self.views.values()
        )
        if name and is_taken:
            raise slack_error("duplicate_external_id")
        return content

    def _spend(self, params: Json) -> Trigger:
        """The trigger of this call, good once and for three seconds."""
        trigger = self.triggers.get(str(params.get("trigger_id")))
        if trigger is None:
            raise slack_error("invalid_trigger_id")
        if self.monotonic() > trigger.until:
            raise slack_error("expired_trigger_id")
        if trigger.is_used:
            raise slack_error("exchanged_trigger_id")
        trigger.is_used = True
        return trigger

    def _view(self, params: Json) -> SlackView | None:
        name = params.get("external_id")
        if not name:
            return self.views.get(str(params.get("view_id")))
        found = [view for view in self.views.values() if view.content.get("external_id") == name]
        return found[-1] if found else None

    @staticmethod
    def _check_hash(view: SlackView, params: Json) -> None:
        if params.get("hash") not in {None, "", view.hash}:
            raise slack_error("hash_conflict")
