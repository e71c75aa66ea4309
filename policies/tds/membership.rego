# May this participant become, be or cease to be a member? Asked by the authority at each step of a membership:
# apply, admit, suspend, leave, change. Layers of the space narrow it by a set membership_deny, as they narrow uses by deny.
package tds.membership

steps := {"apply", "admit", "suspend", "leave", "change"}

# Steps after which the participant is a member, or may be one: whoever must not be refuses itself no exit.
steps_inwards := {"apply", "admit", "change"}

decision := {"result": "denied", "reasons": [reason | some reason in reasons]} if {
	count(reasons) > 0
} else := {"result": "review", "reasons": []} if {
	# A person of the operator decides.
	input.step == "apply"
	not input.by_policy_alone == true
} else := {"result": "allowed", "reasons": []} if {
	input.step in steps
}

reasons contains {
	"code": "unknown_step",
	"term": "step",
	"message": "the step is not one of apply, admit, suspend, leave, change",
	"remedy": "name one of these steps",
} if {
	not known_step
}

known_step if input.step in steps

reasons contains {
	"code": "authorisation_ended",
	"term": "organisation.responsible.authorisedUntil",
	"message": "the authorisation of the responsible person has ended",
	"remedy": "name a person who is authorised, or a later end",
} if {
	input.step in steps_inwards
	some until in [input.organisation.authorised_until]
	not lasts(until)
}

lasts(until) if {
	is_string(until)
	until >= input.today
}

# A participant that the space wants to know by its organisation.
reasons contains {
	"code": "organisation_missing",
	"term": "organisation",
	"message": "this space admits organisations that have said who they are",
	"remedy": "apply with the data of the organisation",
} if {
	input.step in steps_inwards
	input.organisation_required == true
	not organisation_named
}

organisation_named if is_object(input.organisation)

reasons contains reason if {
	some name
	deny := data.tds.layers[name].membership_deny
	input.step in steps_inwards
	some entry in entries(deny)
	reason := told(name, entry)
}

# What is not a set may have no entries to walk; it must not pass for a layer that denies nothing.
entries(deny) := deny if {
	is_set(deny)
} else := {"membership_deny is not a set"}

told(name, entry) := {
	"code": "layer_denied",
	"term": name,
	"message": entry,
	"remedy": "ask the operator of the space",
} if {
	is_string(entry)
} else := {
	"code": "layer_denied",
	"term": name,
	"message": "a layer of the space's policies denies this membership",
	"remedy": "ask the operator of the space",
}
