/* SPDX-License-Identifier: BSD-2-Clause */
#include "status.h"

const char *status_text(uint8_t status)
{
	switch (status) {
	case STATUS_PREFIX_DISCOVERY_NEEDED:
		return "accepted, prefix discovery needed";
	case STATUS_MCOA_NOT_COMPLETE:
		return "not all bindings accepted";
	case STATUS_MCOA_RETURN_HOME_WITHOUT_NDP:
		return "accepted, without Neighbour Discovery at home";
	case STATUS_UNSPECIFIED:
		return "reason unspecified";
	case STATUS_PROHIBITED:
		return "administratively prohibited";
	case STATUS_NO_RESOURCES:
		return "insufficient resources";
	case STATUS_HOME_REGISTRATION_NOT_SUPPORTED:
		return "home registration not supported";
	case STATUS_NOT_HOME_SUBNET:
		return "not the home subnet";
	case STATUS_NOT_HOME_AGENT:
		return "not the home agent of this mobile node";
	case STATUS_DAD_FAILED:
		return "the home address is in use";
	case STATUS_SEQUENCE_OUT_OF_WINDOW:
		return "sequence number out of window";
	case STATUS_HOME_NONCE_EXPIRED:
		return "home nonce index expired";
	case STATUS_CARE_OF_NONCE_EXPIRED:
		return "care-of nonce index expired";
	case STATUS_NONCES_EXPIRED:
		return "nonces expired";
	case STATUS_REGISTRATION_TYPE_CHANGE:
		return "registration type change disallowed";
	case STATUS_ID_MISMATCH:
		return "the timestamp is refused: the clocks differ";
	case STATUS_MESSAGE_ID_REQUIRED:
		return "a timestamp is required: replay must be true";
	case STATUS_AUTHENTICATION_FAILED:
		return "authentication failed";
	case STATUS_MCOA_MALFORMED:
		return "malformed Binding Identifier option";
	case STATUS_MCOA_NON_MCOA_BINDING_EXISTS:
		return "a binding without Binding Identifier exists";
	case STATUS_MCOA_PROHIBITED:
		return "several care-of addresses prohibited";
	case STATUS_MCOA_UNKNOWN_CARE_OF:
		return "unknown care-of address";
	case STATUS_MCOA_BULK_PROHIBITED:
		return "bulk registration prohibited";
	case STATUS_MCOA_HOME_AND_FOREIGN_PROHIBITED:
		return "home and visited links at once prohibited";
	case STATUS_INVALID_CARE_OF:
		return "invalid care-of address";
	default:
		return "";
	}
}
