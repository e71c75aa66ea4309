package tds.named_test

import data.tds.agreement
import data.tds.fixtures_test as given
import data.tds.named

daily := "count/P1D@Asia/Shanghai"

question := given.changed({
	"usage": {daily: 10, "bytes": 500},
	"subject": {"claims": {"level": "2", "standards": ["iso-27001", "tisax"]}},
	"signals": {"grid": "normal"},
})

term(left, name, op, right) := {"id": concat(" ", [left, name]), "left": left, "of": name, "op": op, "right": right}

state(term, asked) := result if {
	result := agreement.state(term) with input as asked
}

now(term) := state(term, question)

reason(term, why) := result if {
	result := agreement.reason(term, why) with input as question
}

test_quota if {
	now(term("quota", daily, "lteq", 10)) == "met"
	now(term("quota", daily, "lteq", 9)) == "not_met"
	now(term("quota", daily, "lt", 11)) == "met"
	now(term("quota", daily, "lt", 10)) == "not_met"
	now(term("quota", "bytes", "lteq", 500)) == "met"
}

test_claim_is_one_text_or_several if {
	now(term("claim", "level", "eq", "2")) == "met"
	now(term("claim", "level", "eq", "1")) == "not_met"
	now(term("claim", "standards", "isAnyOf", ["tisax", "soc2"])) == "met"
	now(term("claim", "standards", "isAnyOf", ["soc2"])) == "not_met"
	now(term("claim", "standards", "isNoneOf", ["soc2"])) == "met"
	now(term("claim", "standards", "isNoneOf", ["tisax"])) == "not_met"
}

test_signal if {
	now(term("signal", "grid", "eq", "normal")) == "met"
	now(term("signal", "grid", "neq", "normal")) == "not_met"
	now(term("signal", "grid", "isAnyOf", ["normal", "test"])) == "met"
	now(term("signal", "grid", "isNoneOf", ["emergency"])) == "met"
}

test_fact_without_a_source_is_missing if {
	now(term("quota", "tokens", "lteq", 10)) == "missing"
	now(term("claim", "issuer", "isNoneOf", ["x"])) == "missing"
	now(term("signal", "recall", "neq", "on")) == "missing"
	state(term("quota", daily, "lteq", 10), given.request) == "missing"
	state(term("quota", daily, "lteq", 10), given.changed({"usage": {daily: "10"}})) == "missing"
	state(term("claim", "level", "eq", "2"), given.changed({"subject": {"claims": {"level": 2}}})) == "missing"
	state(term("signal", "grid", "eq", "normal"), given.changed({"signals": {"grid": ["normal"]}})) == "missing"
}

test_missing_fact_denies_in_permissions_and_prohibitions if {
	codes_of(given.permitted_if([term("quota", "tokens", "lteq", 10)])) == {"missing_context"}
	codes_of(given.prohibited_if([term("signal", "recall", "eq", "on")])) == {"missing_context"}
}

codes_of(asked) := given.codes(asked)

test_what_cannot_be_known_yet_is_deferred if {
	every stage in ["catalog", "negotiation"] {
		state(term("signal", "grid", "eq", "normal"), given.at(stage)) == "deferred"
		state(term("quota", daily, "lteq", 9), given.at(stage)) == "deferred"
		state(term("claim", "level", "eq", "2"), given.at(stage)) == "missing"
	}
	state(term("quota", daily, "lteq", 9), given.at("transfer")) == "deferred"
	state(term("signal", "grid", "eq", "normal"), given.at("transfer")) == "missing"
}

test_tick_judges_what_it_is_given if {
	state(term("quota", daily, "lteq", 9), given.at("tick")) == "deferred"
	state(term("quota", daily, "lteq", 9), object.union(given.at("tick"), {"usage": {daily: 10}})) == "not_met"
	state(term("signal", "grid", "eq", "normal"), object.union(given.at("tick"), {"signals": {"grid": "emergency"}})) == "not_met"
	state(term("signal", "grid", "eq", "normal"), given.at("tick")) == "missing"
}

test_what_is_not_of_this_version_is_unknown if {
	now(term("quota", daily, "eq", 10)) == "unknown"
	now(term("quota", daily, "lteq", "10")) == "unknown"
	now(term("quota", "", "lteq", 10)) == "unknown"
	now({"id": "x", "left": "quota", "of": 5, "op": "lteq", "right": 10}) == "unknown"
	now(term("claim", "level", "neq", "2")) == "unknown"
	now(term("count", "count", "lteq", 10)) == "unknown"
	now({"left": "quota", "of": "bytes", "op": "lteq", "right": 5}) == "unknown"
	now({"id": "x", "left": "quota", "op": "lteq", "right": 5}) == "unknown"
	given.codes(given.permitted_if([term("count", "count", "lteq", 10)])) == {"unknown_term", "no_permission"}
	reason({"of": "bytes"}, "unknown").term == "agreement"
}

test_reason_names_fact_and_term if {
	reason(term("quota", daily, "lteq", 9), "not_met") == {
		"code": "constraint_not_met",
		"term": "quota count/P1D@Asia/Shanghai",
		"message": "quota count/P1D@Asia/Shanghai is 10; the contract asks quota lteq 9",
		"remedy": "the quota is used up; wait for its next period, or negotiate a new agreement: quota lteq 9",
	}
	reason(term("claim", "standards", "eq", "soc2"), "not_met").message == "claim standards is iso-27001, tisax; the contract asks claim eq \"soc2\""
	reason(term("signal", "grid", "eq", "emergency"), "not_met").message == "signal grid is normal; the contract asks signal eq \"emergency\""
	reason(term("signal", "recall", "eq", "on"), "missing").remedy == "ask again when the provider's connector knows the signal and it fits: signal eq \"on\""
	named.remedy(term("quota", "concurrency", "lteq", 4)) == "as many requests run as the contract allows at once; ask again when one of them has ended: quota lteq 4"
	named.remedy(term("quota", "bytes", "lteq", 4)) == "the quota is used up; negotiate a new agreement: quota lteq 4"
	reason(term("quota", daily, "near", 9), "unknown").code == "unknown_term"
}

test_balance_that_does_not_cover_a_use_denies_and_says_how_to_pay if {
	covered := object.union(given.permitted_if([term("quota", "prepaid", "lteq", 0)]), {"usage": {"count": 3, "prepaid": 0}})
	given.codes(covered) == set()
	short := object.union(covered, {"usage": {"count": 3, "prepaid": 1}})
	given.codes(short) == {"balance_used_up"}
	given.codes(given.permitted_if([term("quota", "prepaid", "lteq", 0)])) == {"missing_context"}

	# A claim of that name is no balance.
	claimed := object.union(given.permitted_if([term("claim", "prepaid", "eq", "x")]), {"subject": {"claims": {"prepaid": "y"}}})
	given.codes(claimed) == {"constraint_not_met"}
}
