// The commands over a socket.

#include "protocol/mysql/test_support.h"

namespace octavo::mysql {
namespace {

using namespace std::string_literals;

class Commands : public Served {};

constexpr Capabilities kWithEof = kUsual & ~capability::kDeprecateEof;

TEST_F(Commands, AResultIsDefinitionsRowsAndAnEnd) {
  begin();
  const auto client = log_in({.capabilities = kWithEof});
  client->put_command("\x03SELECT 1");
  EXPECT_EQ(client->read(), "\x01");
  EXPECT_EQ(client->read(),
            "\x03"
            "def\x00\x00\x00\x01"
            "1\x00\x0c\x3f\x00\x14\x00\x00\x00\x08\x00\x00\x00\x00\x00"s);
  EXPECT_EQ(client->read(), "\xfe\x00\x00\x02\x00"s);
  EXPECT_EQ(client->read(), "\x01\x31");
  EXPECT_EQ(client->read(), "\xfe\x00\x00\x02\x00"s);
  EXPECT_EQ(client->next_number(), 6);
}

TEST_F(Commands, StatementsTellWhatTheyDid) {
  begin();
  const auto client = log_in();
  EXPECT_EQ(client->query("INSERT"),
            "\x00\x02\x07\x02\x00\x00\x00&Records: 2  Duplicates: 0  Warnings: 0"s);
  EXPECT_EQ(client->query("SET AUTOCOMMIT = 0"), "\x00\x00\x00\x00\x00\x00\x00"s);
  EXPECT_EQ(number_of(client->query("")), 1065U);
  EXPECT_EQ(error_of(client->query("SELEC")).first, 1064U);
  const auto tracking = log_in({.capabilities = kUsual | capability::kSessionTrack});
  EXPECT_EQ(tracking->query("SET AUTOCOMMIT = 0"),
            "\x00\x00\x00\x00\x40\x00\x00\x00\x11\x00\x0f\x0a"
            "autocommit\x03OFF"s);
}

TEST_F(Commands, SeveralStatementsHaveSeveralResults) {
  begin();
  const auto client = log_in();
  const ResultSet first = client->result_set(client->query("SELECT 1;SELECT 1;SELEC"));
  EXPECT_EQ(first.ending, "\xfe\x00\x00\x0a\x00\x00\x00"s) << "more follow";
  const ResultSet second = client->result_set(client->read());
  EXPECT_EQ(second.packets, first.packets);
  EXPECT_EQ(number_of(client->read()), 1064U);
  EXPECT_TRUE(client->ask("\x1b\x01\x00"s).starts_with('\xfe'));
  EXPECT_EQ(number_of(client->query("SELECT 1;SELECT 1")), 1064U);
  EXPECT_TRUE(client->ask("\x1b\x00\x00"s).starts_with('\xfe'));
  EXPECT_EQ(client->result_set(client->query("SELECT 1;INSERT")).packets, first.packets);
  EXPECT_TRUE(client->read().starts_with('\0'));
  EXPECT_EQ(number_of(client->ask("\x1b\x02\x00"s)), 1047U);
}

TEST_F(Commands, AnErrorAmongRowsEndsThem) {
  begin();
  const auto client = log_in();
  const ResultSet result = client->result_set(client->query("SELECT broken"));
  EXPECT_EQ(result.packets.size(), 1U);
  EXPECT_EQ(number_of(result.ending), 1317U);
  EXPECT_EQ(client->ask("\x0e"), kOk);
}

TEST_F(Commands, LargeResultsComeWhole) {
  begin();
  const auto client = log_in();
  const ResultSet big = client->result_set(client->query("SELECT big"));
  ASSERT_EQ(big.packets.size(), 2U);
  Bytes text;
  text.resize(20'000'000, 'b');
  EXPECT_EQ(text_row(big.packets[0]), Row{text});
  EXPECT_EQ(text_row(big.packets[1]), Row{std::nullopt});
  const ResultSet many = client->result_set(client->query("SELECT many"));
  ASSERT_EQ(many.packets.size(), 200'000U);
  EXPECT_EQ(text_row(many.packets[199'999]), (Row{"199999", "199999"}));
  EXPECT_TRUE(many.ending.starts_with('\xfe'));
}

TEST_F(Commands, SmallOnesAreAnswered) {
  begin();
  const auto client = log_in();
  EXPECT_EQ(client->ask("\x0e"), kOk);
  EXPECT_EQ(client->ask("\x02shop"), kOk);
  EXPECT_EQ(connections_.list().at(0)->attribute("db"), "shop");
  EXPECT_EQ(error_of(client->ask("\x02nowhere")),
            (std::pair<unsigned, std::string>(1049U, "Unknown database 'nowhere'")));
  const Bytes statistics = client->ask("\x09");
  EXPECT_TRUE(statistics.starts_with("Uptime: ")) << statistics;
  EXPECT_TRUE(statistics.contains("  Threads: 1  Questions: 4  ")) << statistics;
  EXPECT_TRUE(client->ask("\x0d").starts_with('\xfe'));
  EXPECT_EQ(number_of(client->ask("\x08")), 1227U);
  EXPECT_EQ(number_of(client->ask("\x12")), 1227U);
  for (const Bytes& unknown : {"\x00"s, "\x05"s, "\x1d"s, "\x20"s, "\xff"s, ""s}) {
    EXPECT_EQ(number_of(client->ask(unknown)), 1047U);
  }
  client->put_command("\x01");
  EXPECT_EQ(client->read(), "");
}

TEST_F(Commands, FieldsComeWithTheirDefaults) {
  begin();
  const auto client = log_in();
  const Bytes id = client->ask("\x04t\x00%"s);
  EXPECT_TRUE(id.ends_with("\x00\x00\xfb"s));
  EXPECT_TRUE(client->read().ends_with("\x00\x00\x01x"s));
  EXPECT_TRUE(client->read().starts_with('\xfe'));
  EXPECT_EQ(number_of(client->ask("\x04other\x00"s)), 1146U);
  EXPECT_EQ(number_of(client->ask("\x04t"s)), 1835U);
}

TEST_F(Commands, AttributesStandInFrontOfTheText) {
  begin();
  const auto client = log_in({.capabilities = kUsual | capability::kQueryAttributes});
  EXPECT_EQ(client->rows("\x00\x01SELECT 1"s), (std::vector<Row>{{"1"}}));
  const Bytes one = "\x01\x01\x00\x01\xfd\x00\x01k\x01vSELECT ?, ?"s;
  EXPECT_EQ(client->rows(one), (std::vector<Row>{{"string", "v"}}));
  EXPECT_EQ(number_of(client->query("SELECT 1")), 1835U);
}

TEST_F(Commands, AFileIsAskedForAndReadToItsEnd) {
  begin({{"mysql-local-infile", "on"}});
  const auto client = log_in();
  EXPECT_EQ(client->query("LOAD"), "\xfb/tmp/rows.csv");
  client->put("1\n2\n");
  client->put("3\n");
  client->put("");
  EXPECT_EQ(client->read(),
            "\x00\x03\x00\x02\x00\x00\x00/Records: 3  Deleted: 0  Skipped: 0  Warnings: 0"s);
  EXPECT_EQ(client->query("LOAD"), "\xfb/tmp/rows.csv");
  client->put("bad\n");
  client->put("3\n");
  client->put("");
  EXPECT_EQ(number_of(client->read()), 1366U);
  const auto unwilling = log_in({.capabilities = kUsual & ~capability::kLocalFiles});
  EXPECT_EQ(number_of(unwilling->query("LOAD")), 3948U);
}

TEST_F(Commands, NoFileIsAskedForUnlessThatIsSet) {
  begin();
  const auto client = log_in();
  EXPECT_EQ(number_of(client->query("LOAD")), 3948U);
}

TEST_F(Commands, AResetForgetsWhatWasPrepared) {
  begin();
  const auto client = log_in();
  EXPECT_EQ(client->query("SET AUTOCOMMIT = 0"), "\x00\x00\x00\x00\x00\x00\x00"s);
  EXPECT_EQ(client->ask("\x16SELECT 1").substr(0, 5), "\x00\x01\x00\x00\x00"s);
  EXPECT_TRUE(
      client->read().starts_with("\x03"
                                 "def"));
  EXPECT_EQ(client->ask("\x1f"), kOk);
  EXPECT_EQ(number_of(client->ask("\x17\x01\0\0\0\0\1\0\0\0"s)), 1243U);
}

// --- What is packed. ---

class Packed : public Served, public testing::WithParamInterface<Capabilities> {};

TEST_P(Packed, PacketsGoThroughFrames) {
  begin({{"mysql-local-infile", "on"}});
  const auto client = log_in({.capabilities = kUsual | GetParam()});
  client->compress();
  EXPECT_EQ(client->ask("\x0e"), kOk);
  EXPECT_EQ(client->rows("SELECT 1"), (std::vector<Row>{{"1"}}));
  const ResultSet many = client->result_set(client->query("SELECT many"));
  EXPECT_EQ(many.packets.size(), 200'000U);
  const ResultSet big = client->result_set(client->query("SELECT big"));
  ASSERT_EQ(big.packets.size(), 2U);
  EXPECT_EQ(big.packets[0].size(), 20'000'009U);
  EXPECT_EQ(number_of(client->query(std::string(1'000'000, 'x'))), 1064U);
  EXPECT_EQ(client->query("LOAD"), "\xfb/tmp/rows.csv");
  client->put(Bytes(100'000, '\n'));
  client->put("");
  EXPECT_TRUE(client->read().starts_with("\x00\xfd\xa0\x86\x01"s));
}

TEST_P(Packed, DamageIsToldAndTheEnd) {
  begin();
  const auto client = log_in({.capabilities = kUsual | GetParam()});
  client->compress();
  client->begin_command(1);
  client->stream().send("\x08\x00\x00\x00\x40\x00\x00not data"s);
  EXPECT_EQ(number_of(client->read()), 1158U);
  EXPECT_EQ(client->read(), "");
  const auto other = log_in({.capabilities = kUsual | GetParam()});
  other->compress();
  other->begin_command();
  other->stream().send("\x05\x00\x00\x07\x00\x00\x00\x01\x00\x00\x00\x0e"s);
  EXPECT_EQ(number_of(other->read()), 1156U);
}

INSTANTIATE_TEST_SUITE_P(Codings, Packed,
                         testing::Values(capability::kCompress, capability::kZstd));

}  // namespace
}  // namespace octavo::mysql
