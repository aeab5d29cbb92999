/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The views decode in SQL what store_row.c encodes, so that any sqlite3 shows them without
 * functions of ours. h is an expression of hexadecimal digits, as hex() returns them.
 */
#include "store_schema.h"

#include "store_sql.h"

#include <errno.h>
#include <stddef.h>

#define APPLICATION_ID 0x4d6f6e61 /* "Mona" */

/* ---- expressions ---- */

/* Digits (1 is the first) as a number. SQLite's <<, | and & are of equal rank. */
#define DIGIT(h, n) "instr('123456789ABCDEF', substr(" h ", " #n ", 1))"
#define NUMBER_2(h, a, b) "(" DIGIT(h, a) " << 4 | " DIGIT(h, b) ")"
#define NUMBER_4(h, a, b, c, d) "(" NUMBER_2(h, a, b) " << 8 | " NUMBER_2(h, c, d) ")"

/* An IPv6 address (RFC 5952): its groups without leading zeros, between colons; then the first of
 * the longest runs of at least two zeros shortened. */
#define GROUP(h, n) "ifnull(nullif(ltrim(lower(substr(" h ", " #n ", 4)), '0'), ''), '0') || ':'"
#define GROUPS(h)                                                                                  \
	"':' || " GROUP(h, 1) " || " GROUP(h, 5) " || " GROUP(h, 9) " || " GROUP(                  \
		h, 13) " || " GROUP(h, 17) " || " GROUP(h, 21) " || " GROUP(h, 25) " || " GROUP(h, \
		29)
#define SHORTENED(groups, zeros)                                                                   \
	" WHEN instr(" groups ", '" zeros "') THEN"                                                \
	" trim(substr(" groups ", 1, instr(" groups ", '" zeros "') - 1), ':') || '::' ||"         \
	" trim(substr(" groups ", instr(" groups ", '" zeros "') + length('" zeros "')), ':')"
#define ADDRESS(groups)                                                                            \
	"CASE" SHORTENED(groups, ":0:0:0:0:0:0:0:0:") SHORTENED(groups, ":0:0:0:0:0:0:0:")         \
		SHORTENED(groups, ":0:0:0:0:0:0:") SHORTENED(groups, ":0:0:0:0:0:")                \
			SHORTENED(groups, ":0:0:0:0:") SHORTENED(groups, ":0:0:0:")                \
				SHORTENED(groups, ":0:0:") " ELSE trim(" groups ", ':') END"

#define SECONDS(nanoseconds) "(" nanoseconds ") / 1000000000"
#define TIME(seconds) "strftime('%Y-%m-%dT%H:%M:%SZ', " seconds ", 'unixepoch')"

/* ---- tables and views ---- */

/* The layout is that of STORE_BINDING_OCTETS: two digits for each octet. Lifetimes and expiry are
 * NULL if infinite, a priority if the option gave none. */
static const char bindings_view[] =
	"CREATE VIEW bindings AS"
	" WITH places (place) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7)),"
	" entries AS (SELECT hex(home_address) AS home_address, mono, wall, sequence,"
	" hex(substr(bindings, 1 + 36 * place, 36)) AS entry"
	" FROM records JOIN places ON 36 * place < length(bindings)),"
	" fields AS (SELECT " GROUPS(
		"home_address") " AS home_address,"
				" " NUMBER_2("entry", 1,
					2) " AS flags,"
					   " " NUMBER_2("entry", 3,
						   4) " AS priority,"
						      " " NUMBER_4("entry", 5, 6, 7,
							      8) " AS bid,"
								 " " NUMBER_4("entry", 9, 10, 11,
									 12) " AS units,"
									     " " NUMBER_4("entry",
										     13, 14, 15, 16) " << 16 | " NUMBER_4("entry",
										     17, 18, 19, 20) " << 16 | " NUMBER_4("entry",
										     21, 22, 23, 24) " << 16 | " NUMBER_4("entry",
										     25, 26, 27,
										     28) " AS "
											 "expires,"
											 " " GROUPS(
												 "s"
												 "u"
												 "b"
												 "s"
												 "t"
												 "r"
												 "("
												 "e"
												 "n"
												 "t"
												 "r"
												 "y"
												 ","
												 " "
												 "2"
												 "9"
												 ","
												 " "
												 "3"
												 "2"
												 ")") " AS care_of,"
												      " substr(entry, 61, 12) AS link_layer, mono, wall, sequence FROM entries)"
												      " SELECT " ADDRESS(
													      "home_address") " AS home_address, bid,"
															      " " ADDRESS(
																      "care_of") " AS care_of_address,"
																		 " CASE units WHEN 65535 THEN NULL ELSE units * 4 END AS lifetime_s,"
																		 " CASE expires WHEN -1 THEN NULL ELSE " TIME(SECONDS(
																			 "wall + expires - mono")) " END"
																						   " AS expires,"
																						   " nullif(priority, 128) AS priority,"
																						   " flags & 1 AS verified,"
																						   " flags >> 1 & 1 AS home,"
																						   " CASE WHEN flags & 4 THEN link_layer END AS link_layer_address,"
																						   " sequence FROM fields";

/* RFC 4285 timestamps are NTP's: seconds since 1900 before the point. */
static const char home_addresses_view[] =
	"CREATE VIEW home_addresses AS"
	" WITH fields AS (SELECT " GROUPS(
		"hex(home_address)") " AS home_address,"
				     " " GROUPS(
					     "hex(home_agent)") " AS home_agent,"
								" length(bindings) / 36 AS "
								"bindings, sequence, timestamp, "
								"wall FROM records)"
								" SELECT " ADDRESS(
									"home_address") " AS "
											"home_"
											"address,"
											" " ADDRESS(
												"ho"
												"me"
												"_a"
												"ge"
												"n"
												"t") " AS home_agent, bindings, sequence,"
												     " CASE timestamp WHEN 0 THEN NULL ELSE"
												     " " TIME(
													     "(timestamp >> 32 & 0xffffffff) - 2208988800") " END AS timestamp,"
																			    " " TIME(SECONDS(
																				    "wall")) " AS written FROM fields";

/* RFC 6088 3: a range of each field; NULL: any. */
#define ADDRESSES(name, groups, groups_last)                                                       \
	"CASE WHEN " groups " IS NOT NULL THEN " ADDRESS(                                          \
		groups) " ||"                                                                      \
			" CASE WHEN " groups_last " <> " groups                                    \
			" THEN '-' || " ADDRESS(groups_last) " ELSE '' END END AS " name
#define NUMBERS(name)                                                                              \
	name " || CASE WHEN " name "_last <> " name " THEN '-' || " name                           \
	     "_last ELSE '' END AS " name

static const char
	flow_bindings_view[] = "CREATE VIEW flow_bindings AS"
			       " WITH fields AS (SELECT *, " GROUPS("hex(home_address)") " AS home,"
											 " CASE "
											 "WHEN "
											 "source "
											 "IS NOT "
											 "NULL "
											 "THEN"
											 " " GROUPS("hex(source)") " END AS a,"
														   " CASE WHEN source IS NOT NULL THEN " GROUPS("hex(source_last)") " END AS b,"
																						    " CASE WHEN destination IS NOT NULL THEN " GROUPS("hex(destination)") " END AS c,"
																															  " CASE WHEN destination IS NOT NULL THEN " GROUPS("hex(destination_last)") " END AS d"
																																								     " FROM flows)"
																																								     " SELECT " ADDRESS("home") " AS home_address, fid, priority, bids,"
																																												" CASE format WHEN 1 THEN 'ipv4' ELSE 'ipv6' END AS family,"
																																												" " ADDRESSES("source", "a", "b") ","
																																																  " " ADDRESSES(
																																																	  "destination",
																																																	  "c",
																																																	  "d") ","
																																																	       " " NUMBERS(
																																																		       "spi") ", " NUMBERS("flow_label") ", " NUMBERS("source_port") ","
																																																										     " " NUMBERS(
																																																											     "destination_port") ", " NUMBERS("traffic_class") ", " NUMBERS("protocol") " FROM fields";

static const char schema[] =
	STORE_TABLE_RECORDS ";" STORE_TABLE_FLOWS ";" STORE_TABLE_TOTAL ";"
			    "INSERT INTO total VALUES (0, 0, 0, 0);" STORE_SET_VERSION ";"
			    "PRAGMA application_id = " STORE_TEXT(APPLICATION_ID);

struct found {
	sqlite3_int64 application, version;
	int tables;
	int records, flows, tunnels, total; /* 1: there is this table, exactly so */
};

static int look(struct store_file *file, struct found *ret)
{
	static const char sql[] =
		"SELECT (SELECT application_id FROM pragma_application_id),"
		" (SELECT user_version FROM pragma_user_version), count(*),"
		" count(*) FILTER (WHERE sql = '" STORE_TABLE_RECORDS "'),"
		" count(*) FILTER (WHERE sql = '" STORE_TABLE_FLOWS "'),"
		" count(*) FILTER (WHERE sql = '" STORE_TABLE_TUNNELS "'),"
		" count(*) FILTER (WHERE sql = '" STORE_TABLE_TOTAL "') FROM sqlite_schema";
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*ret = (struct found){
			.application = sqlite3_column_int64(statement, 0),
			.version = sqlite3_column_int64(statement, 1),
			.tables = sqlite3_column_int(statement, 2),
			.records = sqlite3_column_int(statement, 3),
			.flows = sqlite3_column_int(statement, 4),
			.tunnels = sqlite3_column_int(statement, 5),
			.total = sqlite3_column_int(statement, 6),
		};
	sqlite3_finalize(statement);
	return code == SQLITE_ROW ? 0 : store_fail_sqlite(file, "reading", code);
}

/* With a different table, every statement could fail permanently. */
static bool is_ours(const struct found *found)
{
	if (found->application != APPLICATION_ID)
		return false;
	switch (found->version) {
	case STORE_VERSION:
		return found->records && found->flows && found->total;
	case STORE_VERSION_NO_FLOWS:
		return found->records && found->total;
	case STORE_VERSION_TUNNELS:
		return found->tunnels && found->total;
	case STORE_VERSION_NO_TOTAL:
		return found->tunnels;
	default:
		return false;
	}
}

int store_schema_identify(struct store_file *file)
{
	struct found found = {0};
	int result = look(file, &found);

	/* A later file format, which this SQLite cannot read, or must not write. */
	bool unknown = (sqlite3_errcode(file->db) & 0xff) == SQLITE_ERROR;
	if (result < 0)
		return unknown ? store_fail(file, "not a store of this version", -EUCLEAN) : result;
	if (sqlite3_db_readonly(file->db, "main") == 1)
		return store_fail(file, "not to be written by this version", -EUCLEAN);
	if (found.application == 0 && found.version == 0 && found.tables == 0)
		return 0;
	if (!is_ours(&found))
		return store_fail(file, "not a store of this version", -EUCLEAN);
	return (int)found.version;
}

int store_schema_create(struct store_file *file)
{
	return store_run(file, "making the tables", schema);
}

/* Whether the schema has exactly this, 1 or 0; or -errno. */
static int has(struct store_file *file, const char *sql)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(
		file->db, "SELECT count(*) FROM sqlite_schema WHERE sql = ?", -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_bind_text(statement, 1, sql, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	int count = code == SQLITE_ROW ? sqlite3_column_int(statement, 0) : 0;
	sqlite3_finalize(statement);
	return code == SQLITE_ROW ? count : store_fail_sqlite(file, "reading", code);
}

int store_schema_views(struct store_file *file)
{
	static const struct {
		const char *drop, *create;
	} views[] = {
		{"DROP VIEW IF EXISTS bindings", bindings_view},
		{"DROP VIEW IF EXISTS home_addresses", home_addresses_view},
		{"DROP VIEW IF EXISTS flow_bindings", flow_bindings_view},
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]) && result >= 0; i++) {
		result = has(file, views[i].create);
		if (result != 0)
			continue;
		result = store_run(file, "making the views", views[i].drop);
		if (result == 0)
			result = store_run(file, "making the views", views[i].create);
	}
	return result < 0 ? result : 0;
}
