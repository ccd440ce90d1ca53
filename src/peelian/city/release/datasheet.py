"""The datasheet of a release: Croissant 1.0 and its RAI vocabulary (MLCommons, 2024), as JSON-LD."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from peelian.city.release.wording import Published, biases, limits, provenance, rule
from peelian.domain.canonical import Document
from peelian.domain.time import iso

FORMATS = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "txt": "text/plain",
    "json": "application/json",
}
CONTEXT: Document = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification recommends (its appendix 1), with the RAI vocabulary."""

COUNTS = (
    ("first_day", "sc:Date", "First day of the period."),
    ("last_day", "sc:Date", "Last day of the period."),
    ("offence", "sc:Text", "Offence group the incidents are counted in."),
    ("origin", "sc:Text", "Who brought the incidents to light."),
    ("from_place", "sc:Integer", "Number of the first place of the run."),
    ("to_place", "sc:Integer", "Number of the last place of the run."),
    ("incidents", "sc:Integer", "Recorded incidents; empty where no number is told."),
    ("fewer_than", "sc:Integer", "Where no number is told: there are fewer than this, possibly none."),
    ("ledger_entry", "sc:Integer", "Ledger entry of the release that first said this figure."),
)
PLACES = (
    ("number", "sc:Integer", "Place in the declared order, from 1."),
    ("place", "sc:Text", "Name of the place; the last is everywhere else."),
    ("outline", "sc:Text", "Outline as WKT, WGS 84; empty for everywhere else."),
)
Columns = tuple[tuple[str, str, str], ...]


def datasheet(published: Published, *, files: Sequence[tuple[str, int, str]]) -> Document:
    """Return the Croissant document; `files` are (name, bytes, SHA-256) of the files it describes."""
    spec = published.spec
    agency: Document = {"@type": "sc:Organization", "name": published.agency}
    title = spec.title.replace("{", "(").replace("}", ")")
    day = f"{published.at:%Y-%m-%d}"
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": spec.title,
        "description": f"Recorded incidents counted by {spec.step} and place. {biases(published)[0]}",
        "license": spec.licence,
        "url": spec.url,
        "version": f"{published.edition}.0.0",
        "creator": agency,
        "publisher": agency,
        "datePublished": day,
        "dateModified": day,
        "inLanguage": "en",
        "keywords": ["recorded crime", "small numbers withheld", *sorted(spec.offences)],
        "temporalCoverage": f"{spec.first}/{spec.end - timedelta(days=1)}",
        "citeAs": f"@misc{{release{published.edition}, title={{{title}}}, author={{{{{published.agency}}}}}, "
        f"year={{{published.at.year}}}, url={{{spec.url}}}}}",
        "isLiveDataset": False,
        "distribution": [_file(*file) for file in files],
        "recordSet": [_records("counts", COUNTS), _records("places", PLACES)],
        **_rai(published),
    }


def _rai(published: Published) -> Document:
    span = f"{published.spec.first}/{published.spec.end - timedelta(days=1)}"
    return {
        "rai:dataCollection": "Incidents as agencies recorded them, taken from their publishers' files.",
        "rai:dataCollectionType": ["Secondary Data analysis"],
        "rai:dataCollectionRawData": provenance(published),
        "rai:dataCollectionTimeframe": span,
        "rai:dataCollectionMissingData": "Incidents that were never reported, or not recorded, are missing; how many "
        "is not known. Rows that could not be read or placed were turned away when they were loaded.",
        "rai:dataManipulationProtocol": rule(published.k),
        "rai:dataBiases": list(biases(published)),
        "rai:dataLimitations": list(limits(published)),
        "rai:personalSensitiveInformation": "None. There is no person in the table, and no count or change of fewer "
        f"than {published.k} can be computed from it and all earlier releases together.",
        "rai:dataUseCases": [
            "Research on recorded incidents by place and period; checking published claims."
        ],
        "rai:dataSocialImpact": "Maps of recorded incidents have been used to send police where police already were. "
        "Use rates and other sources beside these counts, and say which origin was counted.",
        "rai:dataReleaseMaintenancePlan": "New periods come as new releases; every release is a ledger entry, dated "
        f"{iso(published.at)} for this one. Figures are never lowered and raised only by {published.k} or more.",
    }


def _file(name: str, size_bytes: int, sha256: str) -> Document:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{size_bytes} B",
        "encodingFormat": FORMATS[name.rsplit(".", 1)[1]],
        "sha256": sha256,
    }


def _records(name: str, columns: Columns) -> Document:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column}",
                "name": column,
                "description": meaning,
                "dataType": kind,
                "source": {"fileObject": {"@id": f"{name}.csv"}, "extract": {"column": column}},
            }
            for column, kind, meaning in columns
        ],
    }
