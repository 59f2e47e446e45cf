"""The small service of `reading`, and the pages made of it once for all tests."""

import pytest

import capsim
from capsim.reporting.markup.words import LANGUAGES, words_in
from capsim.reporting.page import page_of
from reporting.reading import SERVICE, material_for


@pytest.fixture(scope="session")
def service():
    return capsim.Scenario(**SERVICE)


@pytest.fixture(scope="session")
def material(service):
    """The service with its wave, beside itself without one; help and more staff are plans."""
    quiet = service.variant("none")
    return material_for(service, baseline=quiet)


@pytest.fixture(scope="session")
def pages(material):
    return {language: page_of(material, words_in(language)) for language in LANGUAGES}


@pytest.fixture(scope="session")
def files(pages, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for language, page in pages.items():
        (folder / f"{language}.html").write_text(page, encoding="utf-8")
    return folder
