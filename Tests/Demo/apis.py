"""The four example APIs: what the demo calls of each."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class API:
    name: str
    title: str
    # What is listed, and what is sent to make one more, with its scope.
    listing: str
    order: dict
    writing: str
    # Where the rows are in the list that is answered.
    path: tuple

    @property
    def audience(self):
        return f"https://api.{self.name}.example"

    @property
    def jwt(self):
        """What its JWT is called."""
        return f"{self.name.upper()}_JWT"

    def rows(self, answer):
        for member in self.path:
            answer = answer[member]
        return answer

    @staticmethod
    def error(answer):
        """Code and message: in all four at the same place."""
        return answer["error"]["code"], answer["error"]["message"]


APIS = [
    API("crewkeel", "CrewKeel", "/jobs", {"title": "Mend the fence"}, "jobs:write", ("jobs",)),
    API("calkeep", "CalKeep", "/contacts", {"name": "Zoë Ångström"}, "contacts:write", ("data", "contacts")),
    API("autochat", "autoch.at", "/clients", {"name": "Zoë Ångström"}, "clients:write", ("data",)),
    API("craftdesk", "CraftDesk", "/projects", {"name": "Winter garden"}, "projects:write", ()),
]
