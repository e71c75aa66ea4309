package tds.layers.power_grid_test

import data.tds.fixtures_test as given
import data.tds.layers.power_grid

personal(changes) := object.union(given.changed({"product": {"classification": "personal"}}), changes)

denied(question) if {
	count(power_grid.deny) > 0 with input as question
}

test_inference_on_personal_data_passes if {
	not denied(personal({}))
	given.allowed(personal({}))
}

test_training_on_personal_data_is_denied if {
	denied(personal({"purpose": "training"}))
	given.codes(personal({"purpose": "training"})) == {"layer_denied"}
}

test_sandbox_operator_may_train_on_personal_data if {
	given.allowed(personal({"purpose": "training", "subject": {"claims": {"roles": ["sandbox-operator"]}}}))
}

test_training_on_general_data_passes if {
	not denied(given.changed({"purpose": "training"}))
}

# The words that usage is counted as training under.
test_training_has_several_names if {
	every purpose in ["train", "training", "train:alloy", "training:clips"] {
		denied(personal({"purpose": purpose}))
	}
	not denied(personal({"purpose": "inference:training"}))
}

test_participant_without_roles_may_not_train_on_personal_data if {
	denied(personal({"purpose": "training", "subject": {"claims": {"roles": null}}}))
}

test_personal_data_without_a_purpose_is_denied if {
	denied(object.remove(personal({}), ["purpose"]))
	denied(personal({"purpose": ""}))
	denied(personal({"purpose": null}))
}

test_purpose_is_not_asked_before_the_request if {
	not denied(object.union(given.at("transfer"), {"purpose": null, "product": {"classification": "personal"}}))
}

test_other_spaces_are_not_concerned if {
	not denied(personal({"space": "city", "purpose": "training"}))
}
