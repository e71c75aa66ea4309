# The contract itself: its permissions and prohibitions, as AgreementCompiler wrote them into input.agreement.
#
# Permissions are alternatives: one that matches is enough. Constraints inside a rule all have to hold.
# A prohibition that applies beats every permission.
package tds.agreement

import data.tds.constraints
import data.tds.named

actions := {"use"}

# What can be carried out before a use is released: "log", its evidence acknowledged by the space's log; "inform", its notice in the
# provider's events.
duty_actions := {"log", "inform"}

# The state of each constraint, rule by rule, in the order of the document. Taken once; everything below reads it.
permission_states := [[state(constraint) | some constraint in rule.constraints] |
	some rule in input.agreement.permissions
]

prohibition_states := [[state(constraint) | some constraint in rule.constraints] |
	some rule in input.agreement.prohibitions
]

# A constraint with "of" is about one fact of many with names of their own, such as one of the counters.
state(constraint) := named.state(constraint) if {
	constraint.of
} else := constraints.state(constraint)

reason(constraint, why) := named.reason(constraint, why) if {
	constraint.of
} else := constraints.reason(constraint, why)

# A contract is decided on only when all of it is understood, also the parts that do not matter for this use.
readable if {
	is_array(input.agreement.permissions)
	is_array(input.agreement.prohibitions)
	is_array(input.agreement.duties)
	every duty in input.agreement.duties { readable_duty(duty) }
	every rule in input.agreement.permissions { readable_rule(rule) }
	every rule in input.agreement.prohibitions { readable_rule(rule) }
	every list in permission_states { not "unknown" in list }
	every list in prohibition_states { not "unknown" in list }
}

readable_rule(rule) if {
	is_string(rule.id)
	rule.action in actions
	is_array(rule.constraints)
}

# A duty of no permission would be one that nobody ever asks for.
readable_duty(duty) if {
	is_string(duty.id)
	duty.action in duty_actions
	some rule in input.agreement.permissions
	rule.id == duty.rule
}

# The duties of the permission that this use has.
duties contains duty.action if {
	some duty in input.agreement.duties
	duty.rule == permission
}

# The first permission that matches. A constraint that can only be judged later does not stand in the way now.
permission := granted[0]

granted := [rule.id |
	some i, rule in input.agreement.permissions
	rule.action == input.action
	every known in permission_states[i] { known in {"met", "deferred"} }
]

# Every prohibition is known not to apply.
unprohibited if {
	is_array(input.agreement.prohibitions)
	every i, rule in input.agreement.prohibitions { inapplicable(i, rule) }
}

inapplicable(_, rule) if rule.action != input.action

inapplicable(i, _) if {
	some known in prohibition_states[i]
	known in {"not_met", "deferred"}
}

reasons := (reading_reasons | permission_reasons) | prohibition_reasons

reading_reasons := named_or(unknown_terms, {
	"code": "unknown_term",
	"term": "agreement",
	"message": "the contract is not in the form that this version of the policies reads",
	"remedy": "compile the contract anew, or update the policy bundle",
}) if {
	not readable
} else := set()

unknown_terms contains reason(constraint, "unknown") if {
	some list in [input.agreement.permissions, input.agreement.prohibitions]
	some rule in list
	some constraint in rule.constraints
	state(constraint) == "unknown"
}

permission_reasons := named_or(unmet_terms, {
	"code": "no_permission",
	"term": "agreement.permissions",
	"message": "no permission of the contract covers this use",
	"remedy": "negotiate an agreement that permits it",
}) if {
	not permission
} else := set()

unmet_terms contains reason(input.agreement.permissions[i].constraints[j], why) if {
	some i, list in permission_states
	input.agreement.permissions[i].action == input.action
	some j, why in list
	why in {"not_met", "missing"}
}

prohibition_reasons := named_or(applicable_prohibitions | undecided_terms, {
	"code": "prohibited",
	"term": "agreement.prohibitions",
	"message": "it is not known that the contract does not prohibit this use",
	"remedy": "ask for a use that the contract permits",
}) if {
	not unprohibited
} else := set()

applicable_prohibitions contains {
	"code": "prohibited",
	"term": rule.id,
	"message": sprintf("the contract prohibits every use that meets: [%s]", [terms]),
	"remedy": "ask for a use that the contract permits",
} if {
	some i, rule in input.agreement.prohibitions
	rule.action == input.action
	every known in prohibition_states[i] { known == "met" }
	terms := concat(" and ", [constraints.asks(constraint) | some constraint in rule.constraints])
}

# Without the fact that it asks about, a prohibition may apply: that is enough to deny.
undecided_terms contains reason(input.agreement.prohibitions[i].constraints[j], "missing") if {
	some i, rule in input.agreement.prohibitions
	not inapplicable(i, rule)
	some j, known in prohibition_states[i]
	known == "missing"
}

# No refusal without a reason: when none could be named, the general one stands in.
named_or(named, _) := named if count(named) > 0

named_or(named, general) := {general} if count(named) == 0
