package tds.operators_test

import data.tds.operators

# 2026-05-12T01:00:00Z is 09:00 at +08:00.
nine_in_china := 1778547600000

hour := 3600000

office_hours := {"from": 540, "to": 1020, "offset": 480}

night := {"from": 1320, "to": 360, "offset": 480}

holds(case) if operators.holds(case[0], case[1], case[2], case[3])

fails(case) if not holds(case)

test_eq_on_text if {
	holds(["text", "eq", "a", "a"])
	fails(["text", "eq", "a", "b"])
	fails(["text", "eq", "a", "A"])
}

test_neq_on_text if {
	holds(["text", "neq", "a", "b"])
	fails(["text", "neq", "a", "a"])
}

test_is_any_of_on_text if {
	holds(["text", "isAnyOf", "a", ["b", "a"]])
	fails(["text", "isAnyOf", "a", ["b"]])
}

test_is_none_of_on_text if {
	holds(["text", "isNoneOf", "a", ["b"]])
	fails(["text", "isNoneOf", "a", ["b", "a"]])
}

test_eq_on_texts if {
	holds(["texts", "eq", ["a", "b"], "a"])
	fails(["texts", "eq", ["a", "b"], "c"])
	fails(["texts", "eq", [], "a"])
}

test_is_any_of_on_texts if {
	holds(["texts", "isAnyOf", ["a", "b"], ["c", "b"]])
	fails(["texts", "isAnyOf", ["a", "b"], ["c"]])
	fails(["texts", "isAnyOf", [], ["c"]])
}

test_is_none_of_on_texts if {
	holds(["texts", "isNoneOf", ["a", "b"], ["c"]])
	holds(["texts", "isNoneOf", [], ["c"]])
	fails(["texts", "isNoneOf", ["a", "b"], ["c", "b"]])
}

test_lt if {
	holds(["number", "lt", 2, 3])
	fails(["number", "lt", 3, 3])
	fails(["number", "lt", 4, 3])
}

test_lteq if {
	holds(["number", "lteq", 2, 3])
	holds(["number", "lteq", 3, 3])
	fails(["number", "lteq", 4, 3])
}

test_eq_on_numbers if {
	holds(["number", "eq", 3, 3])
	fails(["number", "eq", 2, 3])
}

test_gteq if {
	fails(["number", "gteq", 2, 3])
	holds(["number", "gteq", 3, 3])
	holds(["number", "gteq", 4, 3])
}

test_gt if {
	fails(["number", "gt", 2, 3])
	fails(["number", "gt", 3, 3])
	holds(["number", "gt", 4, 3])
}

test_window_starts_with_its_first_millisecond if {
	holds(["window", "eq", nine_in_china, office_hours])
	fails(["window", "eq", nine_in_china - 1, office_hours])
}

test_window_ends_before_its_end if {
	holds(["window", "eq", (nine_in_china + (8 * hour)) - 1, office_hours])
	fails(["window", "eq", nine_in_china + (8 * hour), office_hours])
}

test_window_follows_its_offset_and_not_utc if {
	fails(["window", "eq", nine_in_china, {"from": 540, "to": 1020, "offset": 0}])
	holds(["window", "eq", nine_in_china, {"from": 540, "to": 1020, "offset": 480}])
	holds(["window", "eq", nine_in_china, {"from": 1200, "to": 1260, "offset": -300}])
}

test_window_may_cross_midnight if {
	holds(["window", "eq", nine_in_china + (13 * hour), night])
	holds(["window", "eq", nine_in_china + (15 * hour), night])
	holds(["window", "eq", (nine_in_china + (21 * hour)) - 1, night])
	fails(["window", "eq", nine_in_china + (21 * hour), night])
	fails(["window", "eq", nine_in_china, night])
}

test_whole_day_is_a_window if {
	holds(["window", "eq", nine_in_china, {"from": 0, "to": 1440, "offset": 480}])
	holds(["window", "eq", nine_in_china - 1, {"from": 0, "to": 1440, "offset": 480}])
}

test_one_of_several_windows_is_enough if {
	holds(["window", "isAnyOf", nine_in_china, [night, office_hours]])
	fails(["window", "isAnyOf", nine_in_china, [night]])
}

test_time_of_day_of_an_early_moment_is_not_negative if {
	operators.ms_of_day(0, -60) == 23 * hour
}

test_operator_of_another_kind_never_holds if {
	fails(["text", "lt", "a", "b"])
	fails(["texts", "neq", ["a"], "b"])
	fails(["number", "isAnyOf", 1, [1]])
	fails(["window", "neq", nine_in_china, night])
	fails(["text", "EQ", "a", "a"])
	fails(["nothing", "eq", "a", "a"])
}

test_list_operators_take_a_list_that_is_not_empty if {
	operators.is_right("text", "isAnyOf", ["a"])
	not operators.is_right("text", "isAnyOf", "a")
	not operators.is_right("text", "isNoneOf", [])
	not operators.is_right("text", "isNoneOf", {"a": "b"})
}

test_other_operators_take_one_value if {
	operators.is_right("text", "eq", "a")
	not operators.is_right("text", "eq", ["a"])
}

test_values_are_of_their_kind if {
	not operators.is_right("text", "eq", 5)
	not operators.is_right("text", "eq", "")
	not operators.is_right("texts", "eq", null)
	not operators.is_right("texts", "isAnyOf", ["a", 5])
	not operators.is_right("number", "lteq", "5")
	not operators.is_right("number", "lteq", 5.5)
	not operators.is_right("number", "lteq", -1)
	operators.is_right("number", "lteq", 5)
}

test_windows_are_well_formed if {
	operators.is_right("window", "eq", office_hours)
	operators.is_right("window", "isAnyOf", [office_hours, night])
	not operators.is_right("window", "eq", "09:00-17:00+08:00")
	not operators.is_right("window", "eq", {"from": 540, "to": 540, "offset": 480})
	not operators.is_right("window", "eq", {"from": 540, "to": 1441, "offset": 480})
	not operators.is_right("window", "eq", {"from": 1440, "to": 0, "offset": 480})
	not operators.is_right("window", "eq", {"from": 540, "to": 1020})
	not operators.is_right("window", "eq", {"from": 540, "to": 1020, "offset": 841})
	not operators.is_right("window", "eq", {"from": "540", "to": 1020, "offset": 480})
	not operators.is_right("window", "eq", {"from": -1, "to": 1020, "offset": 480})
	not operators.is_right("window", "eq", {"from": 540.5, "to": 1020, "offset": 480})
	not operators.is_right("window", "eq", {"from": 540, "to": -1, "offset": 480})
	not operators.is_right("window", "eq", {"from": 540, "to": 1020, "offset": 0.5})
	operators.is_right("window", "eq", {"from": 0, "to": 1440, "offset": -840})
	operators.is_right("window", "eq", {"from": 1439, "to": 0, "offset": 840})
}

test_facts_are_of_their_kind if {
	operators.is_fact("text", "a")
	not operators.is_fact("text", "")
	not operators.is_fact("text", ["a"])
	operators.is_fact("texts", [])
	not operators.is_fact("texts", "a")
	not operators.is_fact("texts", {"a": "b"})
	not operators.is_fact("texts", ["a", null])
	operators.is_fact("number", 0)
	not operators.is_fact("number", "0")
	not operators.is_fact("number", null)
	not operators.is_fact("window", 1.5)
}
