#pragma once

// Which commands run JavaScript: never on a connection's own thread.

#include "value/value.h"

namespace octavo::mongodb {

// Whether an operator in it may run a script. It may say so of what has none, where there is much
// to look at.
bool may_run_scripts(const value::Value& body);

// Whether $where is in a filter, or may be, where the filter is large.
bool has_where(const value::Value& filter);

// The same of $function.
bool has_function(const value::Value& expression);

// The setting mongodb-javascript, of the whole process.
void set_javascript(bool allowed);

}  // namespace octavo::mongodb
