#include "protocol/mongodb/frame.h"

#include <gtest/gtest.h>

#include "base/checksum.h"
#include "base/random.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Bytes document(std::vector<value::Field> fields) {
  Bytes out;
  write_bson(Value::object(std::move(fields)), out);
  return out;
}

Bytes framed(Opcode opcode, BytesView body, std::uint32_t id = 7) {
  Bytes out;
  put_le(out, static_cast<std::uint32_t>(kFrameHeaderBytes + body.size()));
  put_le(out, id);
  put_le(out, std::uint32_t{0});
  put_le(out, static_cast<std::uint32_t>(opcode));
  out.append(body);
  return out;
}

Bytes section(BytesView body) { return Bytes(1, '\0').append(body); }

Bytes sequence(std::string_view name, BytesView documents) {
  Bytes out(1, '\1');
  put_le(out, static_cast<std::uint32_t>(4 + name.size() + 1 + documents.size()));
  out.append(name).push_back('\0');
  return out.append(documents);
}

Bytes message(std::uint32_t flags, BytesView sections) {
  Bytes body;
  put_le(body, flags);
  return framed(Opcode::message, body.append(sections));
}

Bytes with_checksum(std::uint32_t flags, BytesView sections) {
  Bytes body;
  put_le(body, flags | 1);
  body.append(sections).append(4, '\0');
  Bytes whole = framed(Opcode::message, body);
  whole.resize(whole.size() - 4);
  const std::uint32_t sum = crc32c(whole);
  put_le(whole, sum);
  return whole;
}

Bytes packed(const Compressor& by, const Bytes& whole) {
  Bytes body;
  body.append(whole, 12, 4);
  put_le(body, static_cast<std::uint32_t>(whole.size() - kFrameHeaderBytes));
  body.push_back(static_cast<char>(by.id));
  by.pack(BytesView(whole).substr(kFrameHeaderBytes), body);
  return framed(Opcode::compressed, body);
}

const Bytes kPing = document({{"ping", Value::int32(1)}, {"$db", Value::string("admin")}});

Result<Request> parse(const Bytes& whole, Bytes& unpacked) {
  const Frame frame = next_frame(whole);
  EXPECT_EQ(frame.state, Frame::State::whole);
  return parse_request(frame, unpacked);
}

TEST(MongodbFrame, AMessageIsWholeOnceAllOfItHasCome) {
  const Bytes whole = message(0, section(kPing));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(next_frame(BytesView(whole).substr(0, size)).state, Frame::State::more) << size;
  }
  const Bytes more = whole + "next";
  const Frame frame = next_frame(more);
  EXPECT_EQ(frame.state, Frame::State::whole);
  EXPECT_EQ(frame.whole, whole);
}

TEST(MongodbFrame, ImpossibleLengthsAreBad) {
  for (const std::uint32_t length : {0U, 15U, 48'000'001U, 0xffff'ffffU}) {
    Bytes head;
    put_le(head, length);
    head.append(12, '\0');
    EXPECT_EQ(next_frame(head).state, Frame::State::bad) << length;
  }
}

TEST(MongodbFrame, WhatIsLongerThanItMayBeIsNotWaitedFor) {
  const Bytes whole = message(0, section(kPing));
  EXPECT_EQ(next_frame(whole, whole.size()).state, Frame::State::whole);
  EXPECT_EQ(next_frame(whole, whole.size() - 1).state, Frame::State::bad);
  const Bytes small =
      packed(compressors()[2],
             message(0, section(document({{"ping", Value::string(std::string(10'000, 'x'))}}))));
  EXPECT_EQ(next_frame(small, 10'200).state, Frame::State::whole);
  EXPECT_EQ(next_frame(small, 10'000).state, Frame::State::bad) << "without compression";
}

TEST(MongodbFrame, SequencesAreFieldsOfTheCommand) {
  const Bytes body = document({{"insert", Value::string("c")}, {"$db", Value::string("d")}});
  const Bytes one = document({{"_id", Value::int32(1)}});
  const Bytes two = document({{"_id", Value::int32(2)}});
  Bytes unpacked;
  // In any order.
  const Bytes whole = message(0, sequence("documents", one + two) + section(body));
  const auto request = parse(whole, unpacked);
  ASSERT_TRUE(request) << request.error().what;
  const auto command = read_command(*request);
  ASSERT_TRUE(command);
  EXPECT_EQ(command->as_object().front().name, "insert");
  ASSERT_NE(command->find("documents"), nullptr);
  ASSERT_EQ(command->find("documents")->as_array().size(), 2U);
  EXPECT_EQ(command->find("documents")->as_array()[1].find("_id")->as_int64(), 2);
}

TEST(MongodbFrame, ASequenceIsNoFieldASecondTime) {
  const Bytes body = document({{"insert", Value::string("c")}, {"documents", Value::array({})}});
  Bytes unpacked;
  const Bytes whole = message(0, section(body) + sequence("documents", ""));
  const auto request = parse(whole, unpacked);
  ASSERT_TRUE(request);
  EXPECT_EQ(read_command(*request).error().number, 40413U);
}

TEST(MongodbFrame, FlagsSayWhatIsWanted) {
  Bytes unpacked;
  const Bytes silent = message(2, section(kPing));
  EXPECT_TRUE(parse(silent, unpacked)->more_to_come);
  const Bytes streaming = message(1U << 16, section(kPing));
  EXPECT_TRUE(parse(streaming, unpacked)->exhaust_allowed);
  const Bytes later = message(1U << 20, section(kPing));
  EXPECT_TRUE(parse(later, unpacked)) << "bits of the upper half may be new";
  const Bytes unknown = message(1U << 3, section(kPing));
  EXPECT_FALSE(parse(unknown, unpacked));
}

TEST(MongodbFrame, ChecksumsAreHeldAgainstTheMessage) {
  Bytes unpacked;
  Bytes whole = with_checksum(0, section(kPing));
  ASSERT_TRUE(parse(whole, unpacked));
  EXPECT_TRUE(parse(whole, unpacked)->has_checksum);
  whole[kFrameHeaderBytes + 8] ^= 1;
  EXPECT_FALSE(parse(whole, unpacked));
}

TEST(MongodbFrame, DamagedMessagesAreRefused) {
  const Bytes cases[] = {
      message(0, ""),                                         // no body
      message(0, section(kPing) + section(kPing)),            // two of them
      message(0, section(BytesView(kPing).substr(0, 9))),     // cut off
      message(0, Bytes("\2abc", 4)),                          // an unknown section
      message(0, section(kPing) + Bytes("\1\3\0\0\0", 5)),    // a sequence shorter than its length
      message(0, section(kPing) + Bytes("\1\x40\0\0\0", 5)),  // longer than there is
      framed(Opcode::message, "ab"),                          // no flags
      framed(Opcode{2002}, "abcd"),                           // OP_INSERT
      framed(Opcode::query, "abcd"),
      framed(Opcode::compressed, "abcd"),
  };
  Bytes unpacked;
  for (const Bytes& whole : cases) EXPECT_FALSE(parse(whole, unpacked));
}

TEST(MongodbFrame, OldGreetingsAreUnwrapped) {
  const Bytes inner = document({{"isMaster", Value::int32(1)}});
  for (const bool wrapped : {false, true}) {
    Bytes body;
    put_le(body, std::uint32_t{4});
    body.append("admin.$cmd").push_back('\0');
    put_le(body, std::uint32_t{0});
    put_le(body, std::uint32_t{0xffffffff});
    body += wrapped ? document({{"$query", *read_bson(inner)}}) : inner;
    Bytes unpacked;
    const Bytes whole = framed(Opcode::query, body);
    const auto request = parse(whole, unpacked);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->collection, "admin.$cmd");
    const auto command = read_command(*request);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->as_object().front().name, "isMaster");
  }
}

// Of what is sent compressed: the same, and replies are too.
TEST(MongodbFrame, MessagesComeCompressed) {
  const Bytes plain = message(0, section(kPing));
  for (const Compressor& by : compressors()) {
    Bytes unpacked;
    const Bytes whole = packed(by, plain);
    const auto request = parse(whole, unpacked);
    ASSERT_TRUE(request) << by.name;
    EXPECT_EQ(request->body, kPing);
    Bytes out = "before";
    ReplyFrame frame(out, *request, 42, false);
    frame.add("ok", Value::float64(1));
    frame.end();
    Bytes again;
    const Bytes sent = out.substr(6);
    const auto reply = parse(sent, again);
    ASSERT_TRUE(reply) << by.name;
    EXPECT_EQ(reply->compressor, &by);
    EXPECT_EQ(reply->body, document({{"ok", Value::float64(1)}}));
  }
}

TEST(MongodbFrame, CompressedMessagesBelieveNothing) {
  const Bytes plain = message(0, section(kPing));
  Random random(1);
  for (const Compressor& by : compressors()) {
    const Bytes whole = packed(by, plain);
    Bytes unpacked;
    Bytes other = whole;
    for (const std::uint32_t size : {0U, 5U, 47'000'000U}) {
      store_le(other.data() + kFrameHeaderBytes + 4, size);
      EXPECT_FALSE(parse(other, unpacked)) << by.name << size;
    }
    store_le(other.data() + kFrameHeaderBytes + 4, 0xffff'ffffU);
    EXPECT_EQ(next_frame(other).state, Frame::State::bad);
    for (int i = 0; i < 2000; ++i) {
      other = whole;
      const std::size_t place = kFrameHeaderBytes + random.below(other.size() - kFrameHeaderBytes);
      other[place] = static_cast<char>(random.below(256));
      const Frame frame = next_frame(other);
      if (frame.state != Frame::State::whole) continue;  // its size
      const auto request = parse_request(frame, unpacked);
      if (!request) EXPECT_FALSE(request.error().what.empty());
    }
  }
  Bytes unknown = packed(compressors()[0], plain);
  unknown[kFrameHeaderBytes + 8] = 9;
  Bytes unpacked;
  EXPECT_FALSE(parse(unknown, unpacked));
}

TEST(MongodbFrame, RepliesAnswerTheirRequest) {
  Bytes unpacked;
  const Bytes whole = with_checksum(0, section(kPing));
  const auto request = parse(whole, unpacked);
  ASSERT_TRUE(request);
  Bytes out;
  ReplyFrame frame(out, *request, 9, true);
  frame.add("ok", Value::float64(1));
  frame.end();
  const Frame reply = next_frame(out);
  ASSERT_EQ(reply.state, Frame::State::whole);
  EXPECT_EQ(reply.header.request_id, 9U);
  EXPECT_EQ(reply.header.response_to, 7U);
  const auto parsed = parse_request(reply, unpacked);
  ASSERT_TRUE(parsed) << parsed.error().what;  // its checksum as well
  EXPECT_TRUE(parsed->has_checksum);
  EXPECT_TRUE(parsed->more_to_come);
}

TEST(MongodbFrame, OldGreetingsHaveOldReplies) {
  Request request;
  request.id = 3;
  request.opcode = Opcode::query;
  Bytes out;
  ReplyFrame frame(out, request, 4, false);
  frame.add("ok", Value::float64(1));
  frame.end();
  const Frame reply = next_frame(out);
  ASSERT_EQ(reply.state, Frame::State::whole);
  EXPECT_EQ(reply.header.opcode, static_cast<std::int32_t>(Opcode::reply));
  EXPECT_EQ(reply.body().substr(20), document({{"ok", Value::float64(1)}}));
  EXPECT_EQ(load_le<std::uint32_t>(reply.body().data() + 16), 1U);
}

}  // namespace
}  // namespace octavo::mongodb
