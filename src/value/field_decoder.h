#pragma once

// Fields of encoded documents (docs/formats/document.md), straight into the vectors of a batch. The
// other fields of a document are not looked at, so damage in them is not found here.

#include <memory>
#include <vector>

#include "value/batch.h"
#include "value/field_column.h"
#include "value/path.h"

namespace octavo::value {

struct FieldRequest {
  // Empty: the document itself. Through objects only: below null there is nothing (missing), below
  // anything else, a geometry too, no value of the field (Absence::other).
  Path path;
  Want want = Want::exact;
};

// One column for each request, in their order, named by its path. One thread at a time uses it.
// OutOfMemory as a Vector has it; after that, and after an error, it is only destroyed. What it
// keeps between batches (value/object_fields.h) is small and not charged.
class FieldDecoder {
 public:
  explicit FieldDecoder(const std::vector<FieldRequest>& fields);
  ~FieldDecoder();
  FieldDecoder(const FieldDecoder&) = delete;
  FieldDecoder& operator=(const FieldDecoder&) = delete;

  const SchemaPtr& schema() const { return schema_; }
  // A further row, of at most kBatchRows. `corrupt` when the tables of an object on the way or a
  // wanted field cannot be read. Nothing refers to `document` afterwards.
  Status add(BytesView document);
  std::size_t rows() const { return rows_; }
  // Whether they are kBatchRows or have kBatchBytes: then `finish` comes next.
  bool full() const;
  // The rows that were added since the last batch. What `out` held is dropped; the memory that it
  // held alone is used for the next one.
  void finish(Batch& out);

 private:
  struct Level;
  struct Wanted;

  void prepare(Wanted& wanted);
  void make_room();
  bool put(Wanted& wanted, BytesView value);
  bool put_fields(Level& level, BytesView value);
  void miss(const Wanted& wanted, Absence why);

  SchemaPtr schema_;
  std::vector<FieldColumn> columns_;
  std::unique_ptr<Wanted> root_;
  std::vector<Vector> memory_;  // for the next batch
  std::size_t rows_ = 0;
  std::size_t room_ = 0;  // rows
};

}  // namespace octavo::value
