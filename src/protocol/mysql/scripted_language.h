#pragma once

// A language for tests: it answers the texts that it was taught, and a few that are about the
// session: SET AUTOCOMMIT, SET SILENCE (milliseconds), WAIT, KILL, SHOW PROCESSLIST.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "protocol/mysql/statements.h"

namespace octavo::mysql {

// A result from boxed values, `per_batch` rows at a time.
class ScriptedRows final : public Rows {
 public:
  ScriptedRows(std::vector<Column> columns, std::vector<std::vector<value::Value>> rows,
               std::size_t per_batch = value::kBatchRows);
  // Row i of `count` is what `make` gives, for results that no test wants to hold.
  ScriptedRows(std::vector<Column> columns, std::size_t count,
               std::function<std::vector<value::Value>(std::size_t)> make);

  std::span<const Column> columns() const override { return columns_; }
  io::Task<Result<bool>> next(value::Batch& out) override;
  void fail_at_end(Error error) { error_ = std::move(error); }

 private:
  const std::vector<Column> columns_;
  const value::SchemaPtr schema_;
  const std::size_t count_;
  const std::function<std::vector<value::Value>(std::size_t)> make_;
  const std::size_t per_batch_;
  std::size_t next_ = 0;
  std::optional<Error> error_;
};

class ScriptedLanguage final : public Language {
 public:
  explicit ScriptedLanguage(const LanguageContext& context);

  std::unique_ptr<Statements> open(protocol::Connection& connection,
                                   const ClientResponse& client) override;

  using Reply = std::function<Result<Answer>(std::vector<Parameter> parameters)>;
  struct Taught {
    std::vector<Column> parameters;
    std::vector<Column> columns;
    Reply reply;
  };
  void teach(std::string text, Taught taught) { taught_[std::move(text)] = std::move(taught); }
  const Taught* find(std::string_view text) const;
  const LanguageContext& context() const { return context_; }

 private:
  const LanguageContext context_;
  std::map<std::string, Taught, std::less<>> taught_;
};

std::unique_ptr<Language> make_scripted_language(const LanguageContext& context);

Column integer_column(std::string name);
Column text_column(std::string name);

}  // namespace octavo::mysql
