"""The account of one delivery of streets: every row counted, every change to what was published named."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from peelian.city.findings import Count
from peelian.domain.canonical import Document


class Refusal(StrEnum):
    """Why a row of a delivery was not taken in."""

    NODE_WITHOUT_PLACE = "node-without-place"  # its coordinates are blank, unreadable or off the globe
    NODE_TWICE = "node-twice"  # one id at one place again
    DANGLING = "dangling"  # an edge that ends at a node which is not there
    NO_LENGTH = "no-length"  # an edge whose ends are one place and which has neither a length nor a course


class Note(StrEnum):
    """What was kept but deserves a word."""

    LENGTH_MEASURED = "length-measured"  # none was published; measured along the course
    LENGTH_REPLACED = "length-replaced"  # zero, negative or shorter than the straight way; measured instead
    SPEED_ASSUMED = "speed-assumed"  # none was signed, or the publisher says so; the default of the class
    SPEED_UNBELIEVABLE = "speed-unbelievable"  # replaced by the default of the class, and so assumed as well
    ONEWAY_UNKNOWN = "oneway-unknown"  # a word nobody knows; open both ways
    AGAINST_ITS_COURSE = "against-its-course"  # one-way from head to tail; turned round
    COURSE_TURNED = "course-turned"  # drawn from head to tail; turned round
    SELF_LOOP = "self-loop"  # begins and ends at one node
    PARALLEL = "parallel"  # another edge joins the same two nodes
    ON_AN_ISLAND = "on-an-island"  # nodes that no street joins to the largest part
    NODE_WITHOUT_STREET = "node-without-street"


UNTOLD = {
    "name": "no street has a name: no address can be placed",
    "house_numbers": "no street has house numbers: no address is placed by its number",
    "length_m": "no street has a length: each is measured along its course",
    "oneway": "nothing is said of one-way: every street is open both ways",
    "speed": "no street has a speed: that of its road class is assumed",
    "road_class": "no street has a road class: where a speed is assumed it is the same for all",
}
"""What it means that a delivery tells nothing of a role of its streets."""


@dataclass(frozen=True)
class StreetFindings:
    """The account; `edges_read == edges + refused edges` and the same for nodes, always.

    Parameters
    ----------
    nodes_read, edges_read : rows of the files.
    nodes, edges : rows taken in.
    refused : rows not taken in, by reason.
    notes : rows taken in about which there is something to say, by note.
    left_out : what the reader did not take for a street of its own.
    untold : roles of which no edge that was read says anything, as in UNTOLD.
    """

    nodes_read: int
    edges_read: int
    nodes: int
    edges: int
    refused: tuple[Count, ...]
    notes: tuple[Count, ...]
    left_out: tuple[Count, ...]
    untold: tuple[str, ...] = ()

    def document(self) -> Document:
        """Return the account as a plain document."""
        return {
            "nodes_read": self.nodes_read,
            "edges_read": self.edges_read,
            "nodes": self.nodes,
            "edges": self.edges,
            "refused": {count.name: count.rows for count in self.refused},
            "notes": {count.name: count.rows for count in self.notes},
            "left_out": {count.name: count.rows for count in self.left_out},
            "untold": list(self.untold),
        }
