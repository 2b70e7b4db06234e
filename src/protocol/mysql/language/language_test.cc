// What needs no session: columns of samples, texts of SHOW, character sets of clients, rows.

#include <gtest/gtest.h>

#include <array>

#include "dialect/sql/type/names.h"
#include "protocol/mysql/language/cell_values.h"
#include "protocol/mysql/language/client_text.h"
#include "protocol/mysql/language/delimited_lines.h"
#include "protocol/mysql/language/inference.h"
#include "protocol/mysql/language/show_forms.h"
#include "protocol/mysql/language/violations.h"
#include "protocol/mysql/language/wire_column.h"
#include "value/decimal.h"

namespace octavo::mysql {
namespace {

using value::Value;

std::vector<std::string> columns_of(const std::vector<Value>& rows) {
  Sample sample;
  for (const Value& row : rows) sample.add(row);
  std::vector<std::string> out;
  for (const auto& column : sample.columns(catalog::TableDefinition())) {
    const bool dynamic = column.type.kind() == sql::Kind::dynamic;
    out.push_back(column.name + " " + (dynamic ? "dynamic" : sql::type_text(*column.type.logical)));
  }
  return out;
}

TEST(InferenceTest, ColumnsHaveTheTypeOfAllTheirValues) {
  using Columns = std::vector<std::string>;
  EXPECT_EQ(columns_of({}), (Columns{"id dynamic"}));
  const Value half = Value::decimal(*value::Decimal::parse("0.50"));
  const std::vector<Value> rows = {
      Value::object({{"id", Value::int64(1)},
                     {"on", Value::boolean(true)},
                     {"name", Value::string("x")},
                     {"share", Value::int64(1)},
                     {"whole", Value::float64(3)},
                     {"price", half},
                     {"mixed", Value::int64(1)},
                     {"list", Value::array({})}}),
      Value::object({{"id", Value::int64(2)},
                     {"name", Value::null()},
                     {"share", Value::float64(0.5)},
                     {"price", Value::int64(1)},
                     {"mixed", Value::string("one")},
                     {"list", Value::object({})}}),
  };
  const Columns found = columns_of(rows);
  EXPECT_EQ(found,
            (Columns{"id bigint", "list json", "mixed dynamic", "name longtext", "on tinyint(1)",
                     "price decimal(65,2)", "share double", "whole bigint"}));
  EXPECT_EQ(columns_of({rows[1], rows[0]}), found);
}

TEST(ShowFormsTest, PatternsAndConditionsAreAboutWhatIsShown) {
  sql::Show show;
  show.kind = sql::ShowKind::tables;
  const ShowForm& form = *find_show_form(show.kind);
  EXPECT_EQ(show_text(form, show, {.database = "a'b", .table = "", .suffix = ""}),
            "SELECT TABLE_NAME AS `Tables_in_a'b` FROM information_schema.TABLES WHERE "
            "TABLE_SCHEMA = 'a''b' ORDER BY 1");
  show.like = "x\\_%";
  EXPECT_EQ(show_text(form, show, {.database = "a", .table = "", .suffix = " (x\\_%)"}),
            "SELECT * FROM (SELECT TABLE_NAME AS `Tables_in_a (x\\_%)` FROM "
            "information_schema.TABLES WHERE TABLE_SCHEMA = 'a') AS `shown` WHERE "
            "`Tables_in_a (x\\_%)` LIKE 'x\\\\_%' ORDER BY 1");
}

TEST(ClientTextTest, TextsOfSingleBytesAreCountedInTheirOwn) {
  const value::Charset& latin1 = value::charset_of(value::CharsetId::latin1);
  const std::string text = "SELECT '\xe9'; x";
  const std::string converted = to_utf8(latin1, text);
  EXPECT_EQ(converted, "SELECT '\xc3\xa9'; x");
  EXPECT_EQ(client_bytes(latin1, text, std::string_view(converted).substr(0, 12)), 11U);
  const value::Charset& utf8 = value::charset_of(value::CharsetId::utf8mb4);
  EXPECT_EQ(client_bytes(utf8, "ab;c", "ab;"), 3U);
}

TEST(ViolationsTest, KeysOfSeveralPartsAreJoined) {
  EXPECT_EQ(shown_value(Value::array({Value::int64(1), Value::string("two")})), "1-two");
  EXPECT_EQ(shown_value(Value::string(std::string(100, 'x'))).size(), 64U);
}

// Lines of a file, a field in brackets each, in pieces of so many bytes.
std::string lines_of(const sql::FileFormat& said, std::string_view file, std::size_t piece,
                     std::uint64_t skip = 0) {
  std::string out;
  DelimitedLines lines(*LineFormat::of(said), 3, skip, 100,
                       [&](std::span<const LineField> fields, std::size_t count) -> Status {
                         for (const LineField& field : fields) {
                           out += field.is_null ? "[]" : "[" + field.text + "]";
                         }
                         out += std::to_string(count) + ";";
                         return {};
                       });
  for (std::size_t at = 0; at < file.size(); at += piece) {
    const Status added = lines.add(file.substr(at, piece));
    if (!added) return added.error().what;
  }
  const Status ended = lines.finish();
  return ended ? out : ended.error().what;
}

TEST(DelimitedLinesTest, FieldsAreAsTheStatementSeparatesThem) {
  sql::FileFormat quoted;
  quoted.fields_terminated = ", ";
  quoted.fields_enclosed = "\"";
  quoted.lines_terminated = "\r\n";
  sql::FileFormat prefixed;
  prefixed.fields_terminated = ",";
  prefixed.lines_starting = ">>";
  sql::FileFormat plain;
  plain.fields_escaped = "";
  for (const std::size_t piece : std::to_array<std::size_t>({1, 2, 3, 1'000})) {
    EXPECT_EQ(lines_of({}, "a\tb\n\n\\N\t\\t\\N\\\n\n1\t2\t3\t4", piece),
              "[a][b]2;[]1;[][\tN\n]2;[1][2][3]4;")
        << piece;
    EXPECT_EQ(lines_of({}, "a\t\n\t", piece), "[a][]2;[][]2;") << piece;
    EXPECT_EQ(lines_of({}, "1\t2\t3\t\n1\t2\t3\t\t\n1\t2\t3\t4", piece),
              "[1][2][3]3;[1][2][3]5;[1][2][3]4;")
        << piece;
    EXPECT_EQ(lines_of({}, "a\nb\nc\n", piece, 2), "[c]1;") << piece;
    EXPECT_EQ(lines_of(quoted, "\"a, \"\"b\"\", c\", NULL, \"NULL\"\r\nx\"y, \"un", piece),
              "[a, \"b\", c][][NULL]3;[x\"y][un]2;")
        << piece;
    EXPECT_EQ(lines_of(prefixed, "junk>>1,2\nleft out\n>>3", piece), "[1][2]2;[3]1;") << piece;
    EXPECT_EQ(lines_of(plain, "\\N\t\\\n", piece), "[\\N][\\]2;") << piece;
    EXPECT_EQ(lines_of({}, std::string(101, 'x'), piece),
              "Got a packet bigger than 'max_allowed_packet' bytes")
        << piece;
    EXPECT_EQ(lines_of({}, "", piece), "") << piece;
  }
  sql::FileFormat wrong;
  wrong.fields_enclosed = "ab";
  EXPECT_EQ(LineFormat::of(wrong).error().number, 1083);
  wrong.fields_enclosed = {};
  wrong.fields_terminated = "";
  EXPECT_EQ(LineFormat::of(wrong).error().number, 1235);
}

class RowsTest : public testing::Test {
 protected:
  // The one cell of one row, as the encoder gets it.
  Value shown(sql::Type type, const Value& value, const sql::VariableValues& values = {}) {
    sql::OutputColumn column;
    column.name = "c";
    column.type = std::move(type);
    const CellValues cells(std::span(&column, 1), sql::settings_of(values));
    const Value row = Value::array({value});
    const auto batch = cells.batch(std::span(&row, 1));
    EXPECT_TRUE(batch) << batch.error().what;
    return batch ? *batch->column(0).at(0) : Value();
  }
};

TEST_F(RowsTest, ValuesAreShownByTheirType) {
  EXPECT_EQ(shown(sql::big_integer(), Value::int64(5)), Value::int64(5));
  const Value list = Value::array({Value::int64(1), Value::string("a")});
  EXPECT_EQ(shown(sql::json_type(), list), Value::string("[1, \"a\"]"));
  EXPECT_EQ(shown(sql::json_type(), Value::null()), Value::null());
}

TEST_F(RowsTest, TextsAreOfTheClientsSet) {
  sql::VariableValues values;
  values.put(*sql::find_variable("character_set_results"), Value::string("latin1"));
  const sql::Type text = sql::text_type(*value::find_collation("utf8mb4_bin"), 10);
  EXPECT_EQ(shown(text, Value::string("\xc3\xa9"), values), Value::bytes("\xe9"));
}

TEST_F(RowsTest, DefinitionsAreThoseOfMysql) {
  const sql::Settings settings = sql::settings_of(sql::VariableValues());
  sql::OutputColumn column;
  column.name = "n";
  column.type = sql::with_null(sql::big_integer(), false);
  const Column computed = wire_column(column, settings);
  EXPECT_EQ(computed.type, WireType::longlong);
  EXPECT_EQ(computed.flags, column_flag::kNotNull | column_flag::kBinary);
  EXPECT_EQ(computed.charset, kBinaryCharset);
  column.type = sql::text_type(*value::find_collation("utf8mb4_0900_ai_ci"), 10);
  const Column text = wire_column(column, settings);
  EXPECT_EQ(text.type, WireType::var_string);
  EXPECT_EQ(text.length, 40U);
  EXPECT_EQ(text.charset, 255);
}

}  // namespace
}  // namespace octavo::mysql
