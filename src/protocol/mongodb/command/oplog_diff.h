#pragma once

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

// {$v: 2, diff: {u, i, d, s<field>, …}}, as an oplog of MongoDB 5.0 and later has updates, as an
// update by $set and $unset. 115: another version, or an array that becomes shorter; 9: not of this
// form.
Result<value::Value> update_of_diff(const value::Value& entry);

}  // namespace octavo::mongodb
