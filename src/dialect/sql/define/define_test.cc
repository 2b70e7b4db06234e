// Definitions of testdata/*.test: statements, a line `----`, and what they tell: errors, notes,
// that rows are moved, and what SHOW prints. A blank line ends a case, which begins with the empty
// database `d`. What SHOW CREATE TABLE prints makes the same table again.

#include "dialect/sql/define/define.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "catalog/references.h"
#include "dialect/sql/define/describe.h"
#include "dialect/sql/define/privileges.h"
#include "dialect/sql/define/show_create.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/parser/parse.h"

namespace octavo::sql {
namespace {

constexpr const char* kFolder = "src/dialect/sql/define/testdata";

class World {
 public:
  World() {
    session_.collation = value::find_collation("utf8mb4_0900_ai_ci");
    session_.current_user = "root@%";
    run("CREATE DATABASE d");
    session_.database = "d";
  }

  // What the statements tell, a line each.
  std::string run(std::string_view text) {
    told_.clear();
    while (!text.empty()) {
      const auto tree = parse(text, {.several_statements = true});
      if (!tree) {
        tell(complaint_of(tree.error(), text).message);
        break;
      }
      run(tree->statement());
      text.remove_prefix(tree->text_bytes());
    }
    return told_;
  }

  const catalog::TableDefinition* find(std::string_view database, std::string_view table) const {
    const auto* found = state_->find_database(database);
    return found == nullptr ? nullptr : state_->find_table(found->id, table);
  }
  const catalog::CatalogState& state() const { return *state_; }
  void check_foreign_keys(bool checked) { session_.foreign_key_checks = checked; }

 private:
  void tell(std::string_view line) {
    if (!told_.empty()) told_ += '\n';
    told_ += line;
  }
  void tell(const Error& error) {
    tell("ERROR " + std::to_string(error.number) + " (" + std::string(state_of(error.number)) +
         "): " + error.what);
  }

  void run(const Statement& statement) {
    if (const auto* show = std::get_if<Ref<Show>>(&statement.node)) return run(**show);
    function::Notes notes;
    const DefineContext context{session_, constants_, *session_.collation, notes};
    const auto alteration = define(statement, *state_, context);
    for (const function::Note& note : notes.kept()) {
      const bool warns = note.level == function::NoteLevel::warning;
      tell((warns ? "Warning " : "Note ") + std::to_string(note.number) + ": " + note.text);
    }
    if (!alteration) return tell(alteration.error());
    if (alteration->rows) tell("moves rows");
    for (const auto& added : alteration->new_references) {
      tell("looks at key " + std::to_string(raw(added.key)));
    }
    catalog::Changes changes = alteration->changes;
    const Status settled =
        catalog::settle_references(*state_, changes, alteration->checks_references);
    if (!settled) return tell("not settled: " + settled.error().what);
    catalog::CatalogEditor editor(*state_);
    for (const catalog::Change& change : changes) editor.apply(change);
    state_ = std::move(editor).publish();
  }

  void run(const Show& show) {
    if (show.kind == ShowKind::grants) {
      for (const std::string& line : grant_statements(*state_, show.user->user)) tell(line);
      return;
    }
    if (show.kind == ShowKind::create_database) {
      return tell(show_create_database(*state_->find_database(show.name.front()), {}));
    }
    function::Notes notes;
    const DefineContext context{session_, constants_, *session_.collation, notes};
    const auto found = find_table(show.name, *state_, context);
    if (!found) return tell(found.error());
    if (found->table == nullptr) {
      return tell(error<1146>(found->database->name, found->name).error());
    }
    const catalog::TableDefinition& table = *found->table;
    if (show.kind == ShowKind::create_table) {
      tell(show_create_table(table, *state_, {.next_number = table.first_number}));
    } else if (show.kind == ShowKind::columns) {
      for (const ColumnText& column : describe_columns(table)) {
        tell(column.column->name + "|" + column.type + "|" +
             (column.column->nullable ? "YES" : "NO") + "|" + std::string(column.key) + "|" +
             column.default_value.value_or("NULL") + "|" + column.extra);
      }
    } else {
      for (const KeyText& key : describe_keys(table)) {
        std::string line = key.name + "|" + (key.unique ? "unique|" : "|");
        for (const KeyPartText& part : key.parts) {
          if (!line.ends_with('|')) line += ',';
          line += part.column == nullptr ? part.expression : part.column->name;
        }
        tell(line);
      }
    }
  }

  SessionFacts session_;
  function::EvalContext constants_;
  catalog::CatalogPtr state_ =
      std::make_shared<const catalog::CatalogState>(catalog::CatalogState::initial());
  std::string told_;
};

struct Case {
  std::string place, statements, expected;
};

std::vector<Case> read_cases(const std::filesystem::path& path) {
  std::vector<Case> cases;
  std::ifstream file(path);
  std::string line;
  bool behind = true;
  bool fresh = true;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty()) {
      fresh = true;
      continue;
    }
    if (fresh) {
      cases.push_back({path.filename().string() + ":" + std::to_string(number), {}, {}});
      fresh = behind = false;
    }
    if (line == "----") {
      behind = true;
      continue;
    }
    std::string& part = behind ? cases.back().expected : cases.back().statements;
    if (!part.empty()) part += '\n';
    part += line;
  }
  return cases;
}

// A table made again from its text has the same text.
void expect_made_again(World& world) {
  EXPECT_EQ(world.run("CREATE DATABASE copy"), "");
  world.check_foreign_keys(false);  // in any order
  const auto* database = world.state().find_database("d");
  if (database == nullptr) return;
  for (const auto* table : world.state().tables(database->id)) {
    const std::string text = show_create_table(*table, world.state(), {});
    const std::string head = "CREATE TABLE ";
    EXPECT_EQ(world.run(head + "copy." + text.substr(head.size())), "") << text;
    const auto* copy = world.find("copy", table->name);
    ASSERT_NE(copy, nullptr);
    EXPECT_EQ(show_create_table(*copy, world.state(), {}), text);
  }
}

TEST(SqlDefine, StatementsOfFiles) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    files.push_back(entry.path());
  }
  ASSERT_FALSE(files.empty());
  std::ranges::sort(files);
  for (const auto& path : files) {
    for (const Case& test : read_cases(path)) {
      SCOPED_TRACE(test.place);
      World world;
      EXPECT_EQ(world.run(test.statements), test.expected);
      expect_made_again(world);
    }
  }
}

// Whatever a table is made of, its text makes it again.
std::string random_table(Random& random) {
  static constexpr const char* kTypes[] = {"TINYINT",
                                           "SMALLINT UNSIGNED",
                                           "MEDIUMINT",
                                           "INT(7) ZEROFILL",
                                           "BIGINT",
                                           "DECIMAL(9,3)",
                                           "FLOAT",
                                           "DOUBLE(7,2)",
                                           "BIT(9)",
                                           "YEAR",
                                           "DATE",
                                           "TIME(2)",
                                           "DATETIME(6)",
                                           "TIMESTAMP",
                                           "CHAR(4)",
                                           "VARCHAR(30)",
                                           "BINARY(3)",
                                           "VARBINARY(9)",
                                           "TEXT",
                                           "LONGBLOB",
                                           "JSON",
                                           "ENUM('a','b')",
                                           "SET('x','y')",
                                           "BOOL",
                                           "MEDIUMTEXT",
                                           "VARCHAR(9) CHARACTER SET latin1",
                                           "CHAR(3) COLLATE utf8mb4_bin"};
  std::string text = "CREATE TABLE r (";
  std::vector<std::string> keys;
  const std::uint64_t columns = 1 + random.below(8);
  for (std::uint64_t i = 0; i < columns; ++i) {
    const std::string name = "c" + std::to_string(i);
    const std::string type = kTypes[random.below(std::size(kTypes))];
    if (i > 0) text += ", ";
    text.append(name).append(" ").append(type);
    if (random.below(3) == 0) text += " NOT NULL";
    const bool is_number = type.find("INT") != type.npos || type.starts_with("DECIMAL");
    if (is_number && random.below(2) == 0) text += " DEFAULT " + std::to_string(random.below(100));
    if (type.starts_with("VARCHAR") && random.below(2) == 0) text += " DEFAULT 'it''s\\n\\\\'";
    if (random.below(5) == 0) text += " COMMENT 'of ''" + name + "'";
    if (random.below(8) == 0) text += " INVISIBLE";
    const bool needs_prefix = type.ends_with("TEXT") || type.ends_with("BLOB");
    if (type == "JSON" || random.below(2) == 0) continue;
    keys.push_back(name + (needs_prefix ? "(5)" : "") + (random.below(3) == 0 ? " DESC" : ""));
  }
  while (!keys.empty() && random.below(3) != 0) {
    text += random.below(3) == 0 ? ", UNIQUE KEY (" : ", KEY (";
    const std::uint64_t parts = 1 + random.below(keys.size());
    for (std::uint64_t i = 0; i < parts; ++i) text += (i > 0 ? "," : "") + keys[i];
    text += ")";
  }
  return text + ")";
}

TEST(SqlDefine, RandomTablesAreMadeAgainFromTheirText) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    World world;
    const std::string text = random_table(random);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + text);
    ASSERT_EQ(world.run(text), "");
    expect_made_again(world);
  }
}

}  // namespace
}  // namespace octavo::sql
