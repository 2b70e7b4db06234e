// Prepared statements over a socket.

#include "protocol/mysql/test_support.h"

namespace octavo::mysql {
namespace {

using namespace std::string_literals;

class PreparedOverASocket : public Served {
 protected:
  // The statement's number.
  static std::uint32_t prepare(Client& client, std::string_view text) {
    const Bytes first = client.ask("\x16" + std::string(text));
    PayloadReader reader(first);
    EXPECT_EQ(reader.integer<std::uint8_t>(), 0) << error_of(first).second;
    const auto id = reader.integer<std::uint32_t>();
    const auto columns = reader.integer<std::uint16_t>();
    const auto parameters = reader.integer<std::uint16_t>();
    for (int i = 0; i < columns.value_or(0) + parameters.value_or(0); ++i) client.read();
    return id.value_or(0);
  }
  static Bytes about(char command, std::uint32_t id, BytesView rest = {}) {
    Bytes out(1, command);
    put_le(out, id);
    return out.append(rest);
  }
  static Bytes execute(std::uint32_t id, BytesView parameters = {}, char flags = 0) {
    return about('\x17', id, Bytes(1, flags) + "\x01\x00\x00\x00"s + Bytes(parameters));
  }
  static constexpr char kClose = '\x19';
  static constexpr char kReset = '\x1a';
  static constexpr char kLongData = '\x18';
  static constexpr char kFetch = '\x1c';
};

TEST_F(PreparedOverASocket, ParametersGoInAndRowsComeOut) {
  begin();
  const auto client = log_in();
  const std::uint32_t id = prepare(*client, "SELECT ?, ?");
  EXPECT_EQ(id, 1U);
  // A 64-bit number and a text; the second time a null, and the types as before.
  const Bytes with_types = "\x00\x01\x08\x00\xfd\x00\x05\x00\x00\x00\x00\x00\x00\x00\x02hi"s;
  const ResultSet first = client->result_set(client->ask(execute(id, with_types)));
  EXPECT_EQ(first.packets, (std::vector<std::string>{"\x00\x00\x05int64\x01"
                                                     "5"s,
                                                     "\x00\x00\x06string\x02hi"s}));
  const ResultSet second = client->result_set(client->ask(execute(id, "\x01\x00\x02ho"s)));
  EXPECT_EQ(second.packets,
            (std::vector<std::string>{"\x00\x08\x04null"s, "\x00\x00\x06string\x02ho"s}));
  EXPECT_EQ(number_of(client->ask(execute(id, "\x00\x01\x08"s))), 1210U);
  EXPECT_EQ(number_of(client->ask(execute(7))), 1243U);
  EXPECT_EQ(number_of(client->ask("\x17\x01"s)), 1835U);
  EXPECT_EQ(number_of(client->ask("\x16SELEC")), 1064U);
  EXPECT_EQ(number_of(client->ask("\x16")), 1065U);
}

TEST_F(PreparedOverASocket, LongDataIsGatheredAndForgotten) {
  begin({{"mysql-max-packet", "1KiB"}});
  const auto client = log_in();
  const std::uint32_t id = prepare(*client, "SELECT ?, ?");
  const Bytes parameters = "\x00\x01\x03\x00\xfd\x00\x07\x00\x00\x00"s;
  for (const char* piece : {"long ", "data"}) {
    client->put_command(about(kLongData, id, "\x01\x00"s + piece));
  }
  const ResultSet result = client->result_set(client->ask(execute(id, parameters)));
  ASSERT_EQ(result.packets.size(), 2U);
  EXPECT_EQ(result.packets[1], "\x00\x00\x06string\x09long data"s);
  EXPECT_EQ(number_of(client->ask(execute(id, parameters))), 1210U) << "it is gone";
  client->put_command(about(kLongData, id, "\x01\x00gone"s));
  EXPECT_EQ(client->ask(about(kReset, id)), kOk);
  EXPECT_EQ(number_of(client->ask(execute(id, parameters))), 1210U);
  // What is wrong with it is told when the statement runs.
  for (int i = 0; i < 2; ++i) {
    client->put_command(about(kLongData, id, "\x01\x00"s + Bytes(600, 'x')));
  }
  EXPECT_EQ(number_of(client->ask(execute(id, parameters))), 1105U);
  client->put_command(about(kLongData, id, "\x09\x00x"s));
  EXPECT_EQ(number_of(client->ask(execute(id, parameters + "\x02hi"s))), 1210U);
  EXPECT_EQ(client->ask(execute(id, parameters + "\x02hi"s)), "\x02");
  client->put_command(about(kLongData, 9, "\x00\x00x"s));  // of nobody
}

TEST_F(PreparedOverASocket, ACursorGivesARowAtATime) {
  begin();
  const auto client = log_in({.capabilities = kUsual & ~capability::kDeprecateEof});
  client->ask("\x16SELECT ?, ?");
  for (int i = 0; i < 2 + 1 + 2 + 1; ++i) client->read();  // definitions, each with its EOF
  const Bytes parameters = "\x00\x01\x03\x00\x03\x00\x07\x00\x00\x00\x08\x00\x00\x00"s;
  EXPECT_EQ(client->ask(execute(1, parameters, '\x01')), "\x02");
  for (int i = 0; i < 2; ++i) client->read();
  EXPECT_EQ(client->read(), "\xfe\x00\x00\x42\x00"s) << "a cursor is open";
  const auto fetch = [&](std::uint8_t count) {
    std::vector<std::string> out{
        client->ask(about(kFetch, 1, Bytes(1, static_cast<char>(count)) + "\0\0\0"s))};
    while (!out.back().starts_with('\xfe')) out.push_back(client->read());
    return out;
  };
  EXPECT_EQ(fetch(1), (std::vector<std::string>{"\x00\x00\x05int64\x01"
                                                "7"s,
                                                "\xfe\x00\x00\x42\x00"s}));
  EXPECT_EQ(client->ask("\x0e"), kOk) << "other commands may come between";
  EXPECT_EQ(fetch(5), (std::vector<std::string>{"\x00\x00\x05int64\x01"
                                                "8"s,
                                                "\xfe\x00\x00\x82\x00"s}));
  EXPECT_EQ(number_of(client->ask(about(kFetch, 1, "\1\0\0\0"s))), 1421U);
  EXPECT_EQ(number_of(client->ask(about(kFetch, 3, "\1\0\0\0"s))), 1243U);
}

TEST_F(PreparedOverASocket, AttributesComeBehindTheParameters) {
  begin();
  const auto client = log_in({.capabilities = kUsual | capability::kQueryAttributes});
  const std::uint32_t id = prepare(*client, "SELECT ?, ?");
  const Bytes three =
      "\x03\x00\x01\x03\x00\x00\x03\x00\x00\xfd\x00\x01k\x07\x00\x00\x00\x08\x00\x00\x00\x01v"s;
  const ResultSet result = client->result_set(client->ask(execute(id, three, '\x08')));
  ASSERT_EQ(result.packets.size(), 3U);
  EXPECT_EQ(result.packets[2], "\x00\x00\x06string\x01v"s);
  // One without parameters says how many come only when it has some.
  const std::uint32_t none = prepare(*client, "SELECT 1");
  EXPECT_EQ(client->result_set(client->ask(execute(none))).packets.size(), 1U);
  EXPECT_EQ(client->result_set(client->ask(execute(none, "\0"s, '\x08'))).packets.size(), 1U);
}

TEST_F(PreparedOverASocket, ThousandsAreKeptUntilTheyAreClosed) {
  begin();
  constexpr std::uint32_t kMany = 10'000;
  const auto client = log_in();
  for (std::uint32_t i = 1; i <= kMany; ++i) {
    client->put_command("\x16INSERT");
    ASSERT_EQ(client->read().substr(0, 5), about('\0', i));
  }
  EXPECT_TRUE(client->ask(execute(kMany)).starts_with("\x00\x02\x07"s));
  for (std::uint32_t i = 1; i <= kMany; ++i) client->put_command(about(kClose, i));
  EXPECT_EQ(number_of(client->ask(execute(kMany))), 1243U);
}

}  // namespace
}  // namespace octavo::mysql
