#pragma once

// Which rows of a table a scan would deliver, and in which order, decided row by row: what feeds
// use to follow a scan's result without running it again.

#include <memory>
#include <vector>

#include "index/index.h"

namespace octavo::index {

class Matcher {
 public:
  // `not_found` when the scan names an index that the table does not have.
  static Result<Matcher> make(const catalog::TableDefinition& table, const algebra::Scan& scan);

  // One sort key for each time that the scan delivers this row: the encoded index or primary key,
  // then the encoded primary key, then what tells repeats apart: no two deliveries share one.
  std::vector<Bytes> sort_keys(const value::Value& primary_key, const value::Value& row) const;

 private:
  std::shared_ptr<const Index> index_;  // null: by primary key
  std::vector<EntryRange> ranges_;
  bool once_ = false;
};

}  // namespace octavo::index
