#pragma once

// The fields that are looked at of a plan's rows as columns: their paths, and rows that are made of
// those columns again.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algebra/plan.h"
#include "base/result.h"
#include "exec/needed_fields.h"
#include "value/batch.h"
#include "value/field_decoder.h"
#include "value/path.h"

namespace octavo::exec {

// Of pairs of a join those of its sides; else fields of the row, or the empty path where all of it
// is looked at.
std::vector<value::Path> paths_of(const Need& need, const algebra::Plan& plan);

// The other way round.
Need need_of(const value::Path& path);

// The place of a field in a list of requests, where it is added if it is not there.
std::size_t place_of(const value::FieldRequest& field, std::vector<value::FieldRequest>& requests);
std::vector<std::size_t> places_of(std::span<const value::Path> paths,
                                   std::vector<value::FieldRequest>& requests);

// Whether rows of the join are pairs of rows of both sides.
bool makes_pairs(const algebra::Join& join);

class RowOfPaths {
 public:
  // Each path once.
  explicit RowOfPaths(std::span<const value::Path> paths);

  // What a row has at the paths, of which path i is column places[i] of the batch: an object where
  // no path is empty. What is missing is left out, but a side of a join of which all is missing is
  // null. `corrupt`: a field cannot be read.
  Result<value::Value> make(const value::Batch& batch, std::span<const std::size_t> places,
                            std::size_t row) const;

 private:
  struct Node {
    std::string name;
    std::optional<std::size_t> path;  // which one ends here
    std::vector<Node> below;          // where none does
  };

  static Result<std::optional<value::Value>> make(const Node& node, const value::Batch& batch,
                                                  std::span<const std::size_t> places,
                                                  std::size_t row);

  Node root_;
};

}  // namespace octavo::exec
