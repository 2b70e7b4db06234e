#pragma once

// Fields of an operator's rows as columns, for whoever reads columns from below.

#include <memory>
#include <span>

#include "exec/operator.h"
#include "exec/source.h"

namespace octavo::exec {

// `requests` without wishes of their own (Want::exact). A column is of the type that all its values
// have in a batch, where that lies in a vector, else of boxed ones. There are no documents.
std::unique_ptr<FieldCursor> operator_fields(OperatorPtr input,
                                             std::span<const value::FieldRequest> requests);

}  // namespace octavo::exec
