#pragma once

// Writes of rows: what insert, update, replace and delete have in common. The Host makes each row
// change atomic; which row becomes what, with which message, is decided here.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dialect/reql/host.h"
#include "dialect/reql/read/term.h"

namespace octavo::reql {

enum class ReturnChanges : std::uint8_t { no, changed, always };

struct WriteOptions {
  WriteDurability durability = WriteDurability::table_default;
  ReturnChanges return_changes = ReturnChanges::no;
  bool ignore_write_hook = false;
  bool looks_at_row = true;  // what a row becomes depends on what it is
};
// The options that every write takes.
Result<WriteOptions> write_options(Env& env, Args& args);
Result<WriteDurability> durability_option(Args& args);
// Permission to pass by the write hook, when the options ask for it.
Status check_write_hook_option(Env& env, const TableInfo& table, const WriteOptions& options);

// The six counters and what goes with them. Keys in a result are always there but for the last
// four.
class WriteStats {
 public:
  void count_change(const Value& before, const Value& after, ReturnChanges wanted) {
    count_change(before, after, !same(before, after), wanted);
  }
  void count_change(const Value& before, const Value& after, bool changed, ReturnChanges wanted);
  void count_error(const std::string& message, const Value& before, ReturnChanges wanted);
  void add_generated_key(std::string key);
  // The last changes, one for each entry of `places`, were counted in that order of documents; puts
  // them into the order of the documents.
  void arrange_changes(const std::vector<std::size_t>& places);
  bool any_written() const { return inserted_ + replaced_ + deleted_ > 0; }
  Result<Value> finish(Env& env, ReturnChanges wanted) &&;

 private:
  std::uint64_t inserted_ = 0;
  std::uint64_t replaced_ = 0;
  std::uint64_t unchanged_ = 0;
  std::uint64_t skipped_ = 0;
  std::uint64_t deleted_ = 0;
  std::uint64_t errors_ = 0;
  std::optional<std::string> first_error_;
  std::vector<Value> changes_;
  std::vector<std::string> generated_keys_;
};

// What row `i` becomes, given what it is (null when there is none); null deletes it.
using NewRow = std::function<Result<Value>(std::size_t i, const Value& before)>;
Status write_rows(Env& env, const TablePtr& table, std::vector<Value> keys, const NewRow& new_row,
                  const WriteOptions& options, WriteStats& stats);

// Two results of writes as one: numbers added, arrays joined, the first of two strings.
Result<Value> merge_results(Env& env, const Value& left, const Value& right,
                            std::vector<std::string>& warnings);
Value with_warnings(const Value& result, const std::vector<std::string>& warnings);

std::string new_uuid();  // version 4, as text

}  // namespace octavo::reql
