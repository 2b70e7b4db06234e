#pragma once

// LOAD DATA LOCAL: the client's file, read as it comes, and written as one statement at its end.

#include <memory>
#include <string>
#include <vector>

#include "dialect/sql/bind/bound.h"
#include "protocol/mysql/language/delimited_lines.h"
#include "protocol/mysql/language/execution.h"

namespace octavo::mysql {

class LoadedFile final : public FileRows {
 public:
  // Takes the statement over: what pays for the rows, and what ends it.
  LoadedFile(Execution& execution, const sql::LoadData& load, sql::BoundLoad bound,
             LineFormat format, const value::Charset& charset);

  std::string_view name() const override { return name_; }
  io::Task<Status> take(Bytes piece) override;
  io::Task<Result<Done>> finish() override;

 private:
  template <class Work>
  io::Task<Status> on_worker(Work work);
  Status add(std::string_view piece);
  Status add_line(std::span<const LineField> fields, std::size_t count);
  Result<value::Value> row_of(std::span<const LineField> fields);
  Result<value::Value> text_of(const LineField& field) const;
  io::Task<Result<Answer>> write();

  SqlSession& session_;
  const std::unique_ptr<Running> running_;  // before all that it pays for
  const std::string text_, name_;
  sql::BoundLoad bound_;
  const value::Charset& charset_;
  DelimitedLines lines_;
  std::vector<value::Value> rows_;
  std::size_t bytes_ = 0;
  std::uint64_t count_ = 0;  // of lines
};

}  // namespace octavo::mysql
