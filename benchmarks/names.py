"""Words from which the generated people and places are put together: UTF-8, some with the delimiter in them."""

FIRST = (
    *("Anna Åsa Erik Björn Märta Örjan Elin Zoë José Chloé Søren Łukasz Małgorzata Đorđe Nguyễn Müge".split()),
    *("Fatima Mohammed Ayşe İbrahim Ольга Дмитрий Ελένη Γιώργος Siân Seán Noël Renée Ñusta João Inês Jürgen".split()),
    *("Sara Johan Karin Lars Maria Per Eva Nils Ida Oskar Maja Hugo Alice William Astrid Vidar".split()),
)
"""First names."""

LAST = (
    *("Andersson Åberg Lindström Sjöberg Öberg Nyström Bergström Håkansson Þórsdóttir Kowalczyk Nováková".split()),
    *("Müller Schröder García Fernández Gonçalves Ó'Brien Đặng Yılmaz Çelik Иванова Петров Παπαδόπουλος".split()),
    *("Smith Jones Taylor Brown Singh Kaur Ali Hassan Nguyen Tran Kim Park Sato Tanaka Wang Li".split()),
)
"""Last names."""

CITIES = "Malmö Göteborg Västerås Örebro Luleå Åre København Tromsø Kraków Zürich Besançon Coruña Lund Umeå".split()
"""Towns."""

SCHOOLS = (
    *("Norra gymnasiet", "Södra skolan", "Västra gymnasiet", "Österskolan", "Lindängens skola", "Katedralskolan"),
    *("Polhemsgymnasiet", "Brinellskolan", "Thorildsplans gymnasium"),
)
"""Institutions whose names need no quotes."""

QUOTED_SCHOOLS = ('Campus "Väst"; hus 2', "Hvitfeldtska; norra", "Schillerska; vuxen")
"""Institutions whose names must be quoted: they hold the delimiter, and one of them quotes."""

DEPARTMENTS = "Natur Teknik Samhälle Estet Ekonomi Språk Bygg El Vård Fordon".split()
"""Departments."""

FACULTIES = "Humaniora Juridik Medicin Teknik Naturvetenskap Samhällsvetenskap Konst Ekonomi".split()
"""Top categories of courses."""
