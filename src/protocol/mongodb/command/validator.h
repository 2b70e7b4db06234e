#pragma once

// Validators of collections: a filter that documents have to match, as a condition of the table, so
// that it holds for writes of every protocol.

#include "base/bytes.h"
#include "base/result.h"
#include "catalog/model.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;
struct Collection;

// The name of the condition: nobody can declare one that is called so.
inline constexpr std::string_view kValidatorCondition = "$validator";

// Whether the call asks that the validator be passed over (bypassDocumentValidation): 13 for who
// may not change the collection's options.
Result<bool> bypasses_validator(CommandCall& call, const Collection& collection);

// The condition of options {validator, validationLevel, validationAction}; empty: they ask for none
// ("off", or "warn", for which documents are let through).
Result<Bytes> validator_condition(CommandCall& call, const value::Value& options);

// Puts it in the place of the one that the table had.
void set_validator(catalog::TableDefinition& table, const Bytes& condition);

// {failingDocumentId, details}: what stands beside 121.
value::Value validation_details(const value::Value& id, const value::Value& options);

}  // namespace octavo::mongodb
