from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from crawler.dates import Moment, find_moment, read_moment

BERLIN = ZoneInfo("Europe/Berlin")  # two hours ahead of UTC on 3 May
EXPECTED = Moment(datetime(2024, 5, 3, 13, 5, tzinfo=UTC), has_time_of_day=True)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("af", "3 Mei 2024 15:05"),
        ("am", "ሜይ 3, 2024 15:05"),
        ("ar", "٣ مايو ٢٠٢٤ ٣:٠٥ م"),
        ("ar-LB", "الجمعة 3 أيار 2024 15:05"),
        ("az", "3 may 2024 15:05"),
        ("be", "3 мая 2024, 15:05"),
        ("bg", "3 май 2024 г., 15:05"),
        ("bn", "৩ মে ২০২৪, ১৫:০৫"),
        ("ca", "3 de maig de 2024 15:05"),
        ("cs", "3. května 2024 15:05"),
        ("cs", "3. 5. 2024 15:05"),
        ("da", "3. maj 2024 kl. 15.05"),
        ("de", "Veröffentlicht am 3. Mai 2024 um 15:05 Uhr"),
        ("de", "Stand: 03.05.2024 15:05 Uhr"),
        ("de", "Fr 03.05.24 | 15:05 Uhr | Von"),
        ("el", "3 Μαΐου 2024 3:05 μ.μ."),
        ("en", "Published 3 May 2024 3:05 pm"),
        ("en", "3:05pm May 3, 2024"),
        ("en-GB", "15:05, 03/05/2024"),
        ("en-US", "05/03/2024 3:05 p.m."),
        ("es", "viernes, 3 de mayo de 2024 - 15:05h"),
        ("et", "3. mai 2024 15:05"),
        ("eu", "2024ko maiatzaren 3a, 15:05"),
        ("fa", "۱۴ اردیبهشت ۱۴۰۳ - ۱۵:۰۵"),
        ("fi", "3. toukokuuta 2024 klo 15.05"),
        ("fr", "Publié le 3 mai 2024 à 15h05"),
        ("fr", "03/05/2024 15:05"),
        ("he", "3 במאי 2024, 15:05"),
        ("hi", "3 मई 2024, 03:05 PM"),
        ("hr", "3. svibnja 2024. u 15:05"),
        ("hu", "2024. május 3. 15:05"),
        ("hu", "2024.05.03. 15:05"),
        ("hy", "3 մայիսի, 2024 15:05"),
        ("id", "Jumat, 3 Mei 2024 20:05 WIB"),
        ("is", "3. maí 2024 15:05"),
        ("it", "3 maggio 2024 ore 15:05"),
        ("ja", "2024年5月3日 15時05分"),
        ("ka", "3 მაისი, 2024 15:05"),
        ("kk", "3 мамыр 2024 15:05"),
        ("km", "៣ ឧសភា ២០២៤ ១៥:០៥"),
        ("ko", "2024년 5월 3일 오후 3:05"),
        ("ko", "입력 2024.05.03. 오후 3:05"),
        ("lt", "2024 m. gegužės 3 d. 15:05"),
        ("lv", "2024. gada 3. maijs, 15:05"),
        ("ml", "2024 മേയ് 3 15:05"),
        ("mr", "3 मे 2024 15:05"),
        ("nb", "3. mai 2024 kl. 15.05"),
        ("nl", "3 mei 2024 om 15.05 uur"),
        ("pl", "3 maja 2024, 15:05"),
        ("pt-BR", "3 de maio de 2024 às 15h05"),
        ("ro", "3 mai 2024, 15:05"),
        ("ru", "опубликовано 3 мая 2024, 15:05"),
        ("sk", "3. mája 2024 o 15:05"),
        ("sl", "3. maj 2024 ob 15.05"),
        ("sr", "3. мај 2024. 15:05"),
        ("sv", "3 maj 2024 kl. 15.05"),
        ("sw", "Mei 3, 2024 15:05"),
        ("ta", "3 மே 2024, 15:05"),
        ("te", "3 మే 2024 15:05"),
        ("th", "3 พ.ค. 2567 15:05 น."),
        ("th", "๓ พฤษภาคม ๒๕๖๗ เวลา ๑๕:๐๕ น."),
        ("tl", "Mayo 3, 2024 15:05"),
        ("tr", "3 Mayıs 2024 Cuma 15:05"),
        ("uk", "3 травня 2024, 15:05"),
        ("ur", "3 مئی 2024 15:05"),
        ("vi", "Thứ sáu, 3/5/2024, 20:05 (GMT+7)"),
        ("vi", "ngày 3 tháng 5 năm 2024 15:05"),
        ("zh", "2024年5月3日 下午3:05"),
        ("zh", "2024-05-03 15:05"),
    ],
)
def test_languages(language, written):
    """A date as newspapers write it is read to the minute, in the language's words, numerals and calendar."""
    assert find_moment(written, BERLIN, language=language) == EXPECTED
    assert read_moment(written, BERLIN, language=language) == EXPECTED


@pytest.mark.parametrize(
    ("written", "language", "order", "day"),
    [
        ("03/04/2024", "fr", None, "04-03"),
        ("03/04/2024", "en-AU", None, "04-03"),
        ("03/04/2024", "en-US", None, "03-04"),
        ("03/04/2024", "en", "mdy", "03-04"),
        ("03/04/2024", None, "dmy", "04-03"),
        ("03.04.2024", "en", None, "04-03"),
        ("3-4-2024", "nl", None, "04-03"),
        ("13/04/2024", "en", None, "04-13"),
        ("04/13/2024", "fr", None, "04-13"),
        ("03/04/2024", "en", None, None),
        ("03/04/2024", None, None, None),
        ("2024/04/03", "en", None, "04-03"),
        ("03/04/24", "fr", None, "04-03"),
    ],
)
def test_order(written, language, order, day):
    """Which number is the month is told by language, order or a number above 12; else the date is refused."""
    moment = find_moment(written, UTC, language=language, order=order)
    assert (moment and f"{moment.time:%m-%d}") == day


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "in May 2014 the 25 of them"),
        ("en", "May 2024"),
        ("en", "3 May"),
        ("en", "202-636-3000"),
        ("en", "1925-40"),
        ("en", "1/2/3/2024"),
        ("de", "31.02.2024"),
        ("de", "Mai 2024, 15:05"),
        ("fr", "il y a 3 heures"),
        ("th", "3 พ.ค. 15:05"),
        ("fa", "۳۱ اسفند ۱۴۰۳"),
        ("xx", "3 mai 2024"),
        ("../../os", "3 mai 2024"),
        ("en", "1" * 1_000_000),
        ("de", "Mai " * 100_000),
    ],
)
def test_refused(language, written):
    """What is not a whole, possible day is no date, in whatever language the page claims to be."""
    assert find_moment(written, UTC, language=language) is None


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("By Jan Novak, 5 March 2024", "2024-03-05"),
        ("By Jan Novak May 5 March 2024", "2024-03-05"),
        ("Marcus 5, May 3, 2024", "2024-05-03"),
    ],
)
def test_names_like_months(written, day):
    """Of a byline the day's own month counts, whatever the author is called."""
    assert f"{find_moment(written, UTC).time:%Y-%m-%d}" == day


@pytest.mark.parametrize(
    ("jalali", "day"),
    [
        ("۱ فروردین ۱۳۹۹", "2020-03-20"),
        ("۳۰ اسفند ۱۳۹۹", "2021-03-20"),
        ("۱ فروردین ۱۴۰۳", "2024-03-20"),
        ("۱ مهر ۱۴۰۳", "2024-09-22"),
        ("۲۹ اسفند ۱۴۰۴", "2026-03-20"),
        ("1403/02/14", "2024-05-03"),
    ],
)
def test_persian_calendar(jalali, day):
    """Days of the Persian calendar come out in ours, across its leap years."""
    assert f"{read_moment(jalali, UTC, language='fa').time:%Y-%m-%d}" == day


def test_november_in_finland():
    """Marraskuu is November, though it begins like March."""
    assert read_moment("3. marraskuuta 2024", UTC, language="fi").time == datetime(2024, 11, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "formats", "expected"),
    [
        ("24x05x03 15.05", ["%d/%m/%Y", "%yx%mx%d %H.%M"], EXPECTED),
        ("2024-03-05 15:05", ["%Y-%d-%m %H:%M"], EXPECTED),
        ("3.5.2024", ["%d.%m.%Y"], Moment(datetime(2024, 5, 2, 22, tzinfo=UTC), has_time_of_day=False)),
        ("2024-05-03T15:05", ["%d/%m/%Y"], EXPECTED),
    ],
)
def test_formats(written, formats, expected):
    """Formats are tried first, in their order; what none of them fits is read as ever."""
    assert read_moment(written, BERLIN, formats=formats) == expected


@pytest.mark.parametrize(
    ("zone", "source", "hour"),
    [
        ("ET", "UTC", 14),
        ("ET", "America/Chicago", 14),
        ("PT", "America/New_York", 17),
        ("PT", "Europe/Berlin", 8),
        ("WIB", "UTC", 3),
        ("IST", "Asia/Kolkata", 5),
    ],
)
def test_zones_beside_a_time(zone, source, hour):
    """Eastern time is what clocks show in New York, in summer too; names that are ambiguous are the source's."""
    assert find_moment(f"3 May 2024 10:30 {zone}", ZoneInfo(source)).time.hour == hour
