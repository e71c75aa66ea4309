package tds.weekdays_test

import data.tds.operators

# 2026-05-12T01:00:00Z, a Tuesday, is 09:00 at +08:00.
now := 1778547600000

hour := 3600000

test_days_of_the_week if {
	operators.weekday(now, 480) == 2
	operators.weekday(now, -120) == 1
	operators.weekday(now + (15 * hour), 480) == 3
	operators.weekday((now + (15 * hour)) - 1, 480) == 2
	operators.weekday(0, 0) == 4
	operators.weekday(0, -60) == 3
	{operators.weekday(now + ((24 * hour) * day), 480) | some day in numbers.range(0, 6)} == {1, 2, 3, 4, 5, 6, 7}
}

test_day_holds_at_its_offset if {
	operators.holds("weekday", "eq", now, {"day": 2, "offset": 480})
	not operators.holds("weekday", "eq", now, {"day": 3, "offset": 480})
	operators.holds("weekday", "isAnyOf", now, [{"day": 1, "offset": 480}, {"day": 2, "offset": 480}])
	not operators.holds("weekday", "isAnyOf", now, [{"day": 1, "offset": 480}])
}

test_days_are_well_formed if {
	operators.is_right("weekday", "eq", {"day": 7, "offset": -840})
	every value in [{"day": 0, "offset": 0}, {"day": 8, "offset": 0}, {"day": 1.5, "offset": 0}, {"day": 1}, {"day": 1, "offset": 841}, {"day": 1, "offset": 0.5}, "Mon", 1] {
		not operators.is_right("weekday", "eq", value)
	}
	operators.is_fact("weekday", now)
	not operators.is_fact("weekday", "Tue")
}
