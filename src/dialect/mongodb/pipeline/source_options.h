#pragma once

// The operands of stages whose rows the commands bring.

#include "base/result.h"
#include "dialect/mongodb/pipeline/collections.h"
#include "value/value.h"

namespace octavo::mongodb {

// What is wrong with an operand, whatever it is about: types and names of fields (14, 40415, and
// codes of each stage), and where the stage may be asked for (73). Options of $changeStream are
// left to who reads changes.
Status check_source_options(OtherSource source, const value::Value& operand,
                            const CollectionName& collection);

}  // namespace octavo::mongodb
