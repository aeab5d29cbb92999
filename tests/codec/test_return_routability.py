# SPDX-License-Identifier: BSD-2-Clause
"""tests/support/return_routability.py, the second opinion of the tests with correspondents, against
octets that were made elsewhere, and once by hand."""
import pytest
import return_routability as rr
import scapy_mip6 as mip6
from scapy.layers import inet6
from scapy_mip6 import mobility_header

HOME_ADDRESS, CARE_OF = "2001:db8:1::100", "2001:db8:2::100"
CORRESPONDENT = "2001:db8:3::1"
KCN = bytes(range(20))
HOME_TOKEN = bytes.fromhex("37ef3c8eb202a6f2")
CARE_OF_TOKEN = bytes.fromhex("679d55df5ccf62c2")
UPDATES = {
    "no identifier": (1, [], "3b0305009ce6000180000069040400010002050cf9ffc10c4982c99a456e28e2"),
    "no address": (2, [mip6.MIP6OptBID(bid=1)],
                   "3b04050000d50002800000690404000100022304000100000100050c51a16c6a7a409d1b1b4ac3ca"),
    "address": (2, [mip6.MIP6OptBID(bid=1, coa6=CARE_OF)],
                "3b060500739300028000006904040001000223140001000020010db80002000000000000000001000100050c"
                "c6406566005d3d7dfc63acfb"),
}


def test_tokens():
    """RFC 6275 5.2.5."""
    assert rr.keygen_token(KCN, HOME_ADDRESS, bytes.fromhex("0102030405060708"), 0) == HOME_TOKEN
    assert rr.keygen_token(KCN, CARE_OF, bytes.fromhex("1112131415161718"), 1) == CARE_OF_TOKEN


def test_binding_management_keys():
    """RFC 6275 5.2.5: with both tokens, and with the home token alone."""
    assert rr.kbm(HOME_TOKEN, CARE_OF_TOKEN).hex() == "3ead17bc8a6576c9dbce5c84dcffb363810e4774"
    assert rr.kbm(HOME_TOKEN).hex() == "6c3b94a5418044de64b5849ee76347b0578e11c6"


@pytest.mark.parametrize("name", UPDATES)
def test_updates(name):
    """RFC 6275 6.2.7: what the authenticator covers. The last 12 octets, and the checksum."""
    sequence, options, expected = UPDATES[name]
    packet = inet6.IPv6(node().update(CARE_OF, sequence, 420, options=options))
    assert bytes(mobility_header(packet)).hex() == expected


def node():
    made = rr.MobileNode(HOME_ADDRESS, CORRESPONDENT)
    made.tokens = {HOME_ADDRESS: (HOME_TOKEN, 1), CARE_OF: (CARE_OF_TOKEN, 2)}
    return made


def test_changed_octets_are_not_verified():
    """Each octet that the authenticator covers, and each of its own."""
    octets = node().update(CARE_OF, 1, 420)
    start = octets.index(bytes.fromhex("3b0305"))
    key = node().key(CARE_OF)
    assert rr.verified(inet6.IPv6(octets), key, CARE_OF, CORRESPONDENT)
    for place in set(range(start + 6, len(octets))) - {start + 18, start + 19}:
        changed = bytearray(octets)
        changed[place] ^= 1
        assert not rr.verified(inet6.IPv6(bytes(changed)), key, CARE_OF, CORRESPONDENT), place


def test_inits():
    """RFC 6275 6.1.3, 6.1.4; RFC 5648 4.3: their types, lengths and checksums."""
    made = node()
    home = inet6.IPv6(bytes(made.init(HOME_ADDRESS)))
    care_of = inet6.IPv6(bytes(made.init(CARE_OF, 7)))
    octets = [bytes(mobility_header(packet)) for packet in (home, care_of)]
    assert [each[:3].hex() for each in octets] == ["3b0101", "3b0202"]
    assert octets[0][8:] == made.cookies[HOME_ADDRESS]
    assert octets[1][8:] == made.cookies[CARE_OF] + bytes.fromhex("2304000700000100")
    assert rr.checksum_right(home) and rr.checksum_right(care_of)
