#pragma once

// What a bulkWrite asks for: operations, each on one of the namespaces that stand beside them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/permission.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

enum class BulkKind : std::uint8_t { insert, update, remove };

struct BulkOperation {
  BulkKind kind;
  std::size_t target;             // among the namespaces
  const value::Value* statement;  // {insert: 0, document: …}, of the call's body
};

struct BulkNamespace {
  std::string database;
  std::string collection;
  const value::Value* uuid = nullptr;  // that it is to have
  catalog::PermissionSet needs;        // of the operations; empty: none is about it
};

struct BulkRequest {
  std::vector<BulkNamespace> namespaces;
  std::vector<BulkOperation> operations;
};

// Of a call whose fields were checked. 16: no operations, or too many; 40415, 40414, 14, 9: fields
// of them; 2: a number of a namespace that is none; 73: a name that cannot be one.
Result<BulkRequest> read_bulk_request(const CommandCall& call);

}  // namespace octavo::mongodb
