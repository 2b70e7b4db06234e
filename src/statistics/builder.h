#pragma once

// Makes statistics of a table whose rows pass by, each once, in any order.
//
// Every value is counted by a sketch: how many different ones there are cannot be told from a
// sample (Charikar, Chaudhuri, Motwani, Narasayya, "Towards Estimation Error Guarantees for
// Distinct Values", 2000). How they are spread can: rows are kept by chance, each as likely as any
// other (Vitter, "Random Sampling with a Reservoir", 1985, algorithm R).

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "statistics/sketch.h"
#include "statistics/table.h"
#include "value/value.h"

namespace octavo::statistics {

constexpr std::size_t kMostColumns = 256;       // the others of a table are left out
constexpr std::size_t kSampledCells = 1 << 18;  // of all columns together
constexpr std::size_t kMostSampledRows = 16'384;
constexpr std::size_t kLeastSampledRows = kSampledCells / kMostColumns;
constexpr std::size_t kSampledDocuments = 4096;  // of rows that declare no columns

class Builder {
 public:
  // `together`: columns whose values are counted together, by their places in `columns`.
  Builder(std::vector<std::string> columns, std::vector<std::vector<std::size_t>> together);

  // A value for each column, null where there is none.
  void add(std::span<const value::Value> row);
  // The fields of a row that declares none; those that come up are columns.
  void add_document(value::ObjectView row);

  std::uint64_t rows() const { return rows_; }
  // About what it takes beside the values that it keeps.
  std::size_t memory_bytes() const;
  // All but `uuid` and `made_at_ns`.
  Table finish();

 private:
  struct Seen {
    std::string name;
    std::uint64_t values = 0;  // that are not null
    double bytes = 0;
    Sketch sketch;
    std::vector<value::Value> sample;  // by place in the reservoir; null where it was null
  };
  struct SeenTogether {
    std::vector<std::size_t> columns;
    Sketch sketch;
  };

  std::size_t place_of_next();
  void see(Seen& column, const value::Value& value, std::uint64_t hash, std::size_t place);
  Seen* column_of(std::string_view name);
  Column finish(const Seen& column) const;

  std::vector<Seen> columns_;
  std::vector<SeenTogether> together_;
  std::vector<std::uint64_t> hashes_;
  std::size_t most_;  // rows in the reservoir
  std::uint64_t rows_ = 0;
  Random random_;
};

}  // namespace octavo::statistics
