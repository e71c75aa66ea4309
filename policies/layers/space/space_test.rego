package tds.layers.space_test

import data.tds.fixtures_test as given
import data.tds.layers.space

denied(classification) if {
	question := given.changed({"product": {"classification": classification}})
	count(space.deny) > 0 with input as question
}

test_known_classes_pass if {
	every classification in ["public", "general", "personal"] { not denied(classification) }
}

test_important_data_is_neither_listed_nor_delivered if {
	every stage in ["catalog", "negotiation", "transfer", "request", "tick"] {
		every classification in ["important", "core"] {
			question := object.union(given.at(stage), {"product": {"classification": classification}})
			answer := given.decide(question)
			answer.result == "denied"
			count(answer.reasons) == 1
			answer.reasons[0].code == "layer_denied"
			answer.reasons[0].term == "product.classification"
		}
	}
}

test_unclassified_product_is_denied if {
	every classification in [null, "", "Important", "secret", 5, ["general"]] { denied(classification) }
	count(space.deny) == 1 with input as object.remove(given.request, ["product"])
}
