"""Cities that open news texts without further evidence, as most news spells them, in small letters."""

# Capitals, and the seats of news agencies and their bureaus.
_CITIES = """
abidjan, abu dhabi, abuja, accra, addis ababa, ahmedabad, algiers, alger, amman, amsterdam, ankara, athens,
athen, atenas, athènes, auckland, baghdad, bagdad, baku, bangalore, bengaluru, bangkok, barcelona, beijing,
peking, pékin, pekín, beirut, beyrouth, belfast, belgrade, belgrad, berlin, berlín, bern, berne, bogota,
bogotá, boston, brasilia, brasília, bratislava, brussels, brüssel, bruxelles, bruselas, bucharest, bukarest,
budapest, buenos aires, cairo, kairo, le caire, el cairo, canberra, cape town, kapstadt, caracas, chandigarh,
chennai, chicago, colombo, copenhagen, kopenhagen, københavn, dakar, damascus, damaskus, damas, dar es salaam,
dehradun, delhi, dhaka, doha, dubai, dublin, düsseldorf, edinburgh, frankfurt, frankfurt/main, gaza, gaza
city, geneva, genf, genève, ginebra, guwahati, hamburg, hanoi, harare, havana, la habana, helsinki, hong kong,
hongkong, houston, hyderabad, islamabad, istanbul, jaipur, jakarta, jerusalem, jérusalem, jerusalén,
johannesburg, kabul, kampala, karachi, kathmandu, khartoum, kyiv, kiev, kiew, kigali, kinshasa, kolkata, kuala
lumpur, kuwait, la paz, lagos, lahore, lima, lisbon, lissabon, lisbonne, lisboa, ljubljana, london, londres,
londra, los angeles, lucknow, luxembourg, luxemburg, madrid, managua, manchester, manila, melbourne, mexico
city, ciudad de méxico, miami, milan, milano, minsk, mogadishu, montevideo, montreal, montréal, moscow,
moskau, moscou, moscú, mosca, mumbai, munich, münchen, nairobi, naypyidaw, new delhi, neu-delhi, new york,
nicosia, oslo, ottawa, panama, paris, parís, parigi, patna, perth, phnom penh, prague, prag, praga, pretoria,
pristina, pune, pyongyang, quito, rabat, ramallah, ranchi, reykjavik, riga, rio de janeiro, riyadh, riad,
rome, rom, roma, san francisco, santiago, são paulo, sao paulo, sarajevo, seoul, shanghai, shimla, singapore,
singapur, skopje, sofia, srinagar, stockholm, strasbourg, straßburg, stuttgart, sydney, taipei, tallinn,
tbilisi, tehran, teheran, téhéran, teherán, tel aviv, tirana, tokyo, tokio, toronto, tripoli, tunis,
ulaanbaatar, vancouver, vatican city, vienna, wien, vienne, viena, vientiane, vilnius, warsaw, warschau,
varsovie, varsovia, washington, wellington, yangon, yerevan, zagreb, zurich, zürich, киев, київ, москва,
минск, вашингтон, берлин, париж, лондон, брюссель, санкт-петербург
"""
PLACES = frozenset(" ".join(name.split()) for name in _CITIES.split(","))
