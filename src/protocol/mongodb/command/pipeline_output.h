#pragma once

// $out and $merge: what a pipeline gives is written to a collection.

#include <vector>

#include "base/result.h"
#include "dialect/mongodb/pipeline/output.h"
#include "protocol/mongodb/command/cursor.h"
#include "protocol/mongodb/command/request_scope.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

// Reads the cursor to its end. $out: the collection is replaced as a whole, by a table of another
// name that takes its place; $merge: a document after the other, those before an error are written.
// `info`: what stands beside an error in the reply.
Status write_output(CommandCall& call, Cursor& rows, const PipelineOutput& output,
                    const RequestScope& scope, std::vector<value::Field>& info);

}  // namespace octavo::mongodb
