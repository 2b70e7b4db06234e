#pragma once

// What stages compute, as operations of expressions: of a row, or of all rows where a stage needs
// them at once.

#include <cstdint>
#include <span>

#include "dialect/mongodb/accumulator/operations.h"
#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb {
namespace op {

enum Stage : std::uint16_t {
  // (any): nothing for `undefined`, as variables of plans within plans have it
  kPresent = operation_block::kPipeline + 20,
  kGroupDocument,  // (a Group's row, names [, key is the last result [, names of its parts]]):
                   // {_id, name:
                   // result, …}
  kUnwind,         // (document, path, keeps empty ones, path of the index or null): documents
  kBucket,         // (any, boundaries [, otherwise]): the boundary below
  kBucketAuto,     // (rows, buckets, granularity, names, row → key, aggregates …): documents
  kAggregate,      // (number, row → argument or null), options: an aggregate within a call
  kSetPath,        // (document, path, any): the document with that at the path
  kRedact,         // (document, part of it → word, the three words): the document, or none
  kForeignIndex,   // (rows, path, row → whether it is null there): rows to be found by values
  kForeign,        // ([a kForeignIndex], values): the rows that have one of them
  kLocalKeys,      // (document, path): the values that it is looked up by, an array
  kKeysThat,       // (values, nulls): those that are null, or the others
  kHasKey,         // (document, path, values): whether it has one of them there
  kRowsOfKeys,     // (values, other values, rows of those, rows of these): all of the rows
  kGraphLookup,    // (start, keys → rows, path, path of the depth or null, most): documents
  kDensify,        // (rows, field, partition paths, range): documents
  kKnownPoint,     // (key, any): both, or null where the value is not known
  kLinearFill,     // (key, value, last known point, next known point): the value between
  kWindowNumber,   // (integer): as an int32 where it fits
  kRangeKey,       // (key, whether it is a date): the key of a frame by range
  kPartitionKey,   // (any): null for nothing; an array is an error
  kElement,        // (array, number)
  kGivenArray,     // (any): the rows of $documents
  kUnwindAt,       // (document, path, array): documents with an element of it each at the path
};

}  // namespace op

std::span<const OperationRow> pipeline_operations();  // of all files together

std::span<const OperationRow> group_operations();
std::span<const OperationRow> unwind_operations();
std::span<const OperationRow> bucket_operations();
std::span<const OperationRow> bucket_auto_operations();
std::span<const OperationRow> document_operations();
std::span<const OperationRow> redact_operations();
std::span<const OperationRow> foreign_operations();
std::span<const OperationRow> graph_lookup_operations();
std::span<const OperationRow> densify_operations();
std::span<const OperationRow> source_operations();
std::span<const OperationRow> window_operations();

}  // namespace octavo::mongodb
