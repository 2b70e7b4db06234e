#pragma once

// Replies, written straight into the connection's output buffer as RESP2 or RESP3. Final and
// inline, because a reply is written a million times a second.
//
// In RESP2 maps become flat arrays, sets arrays, doubles and booleans strings and integers.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "keyspace/type/numbers.h"

namespace octavo::keyspace {

// The error texts that clients look for.
inline constexpr std::string_view kWrongType =
    "WRONGTYPE Operation against a key holding the wrong kind of value";
inline constexpr std::string_view kSyntaxError = "ERR syntax error";
inline constexpr std::string_view kNotInteger = "ERR value is not an integer or out of range";
inline constexpr std::string_view kNotFloat = "ERR value is not a valid float";
inline constexpr std::string_view kNoSuchKey = "ERR no such key";
inline constexpr std::string_view kIndexOutOfRange = "ERR index out of range";
inline constexpr std::string_view kOutOfMemory =
    "OOM command not allowed when used memory > 'maxmemory'.";
inline constexpr std::string_view kReplyTooLarge =
    "OOM the reply is larger than what connections may use; see the server's setting 'memory'.";

class Reply {
 public:
  // `out` may be shared by many replies, one after the other.
  explicit Reply(std::string& out, int protocol = 2) : out_(out), resp3_(protocol >= 3) {}

  bool resp3() const { return resp3_; }
  std::string& out() { return out_; }

  void ok() { out_.append("+OK\r\n", 5); }
  void simple(std::string_view status) { line('+', status); }
  // `text` starts with its code ("ERR ...", "WRONGTYPE ..."). Line breaks become blanks.
  void error(std::string_view text) {
    const std::size_t start = out_.size() + 1;
    line('-', text);
    for (std::size_t i = start; i + 2 < out_.size(); ++i) {
      if (out_[i] == '\r' || out_[i] == '\n') out_[i] = ' ';
    }
    ++errors_;
  }
  void integer(std::int64_t value) { number(':', value); }
  void bulk(std::string_view bytes) {
    char header[kMaxInt64Chars + 8];
    const std::size_t header_size = write_number(header, '$', bytes.size());
    append_parts({header, header_size}, bytes);
  }
  void bulk_integer(std::int64_t value) {
    char digits[kMaxInt64Chars + 4];
    bulk({digits, format_int64(digits, value)});
  }
  void null() { resp3_ ? append("_\r\n") : append("$-1\r\n"); }
  void null_array() { resp3_ ? append("_\r\n") : append("*-1\r\n"); }
  void empty_array() { append("*0\r\n"); }
  void array_header(std::size_t count) { number('*', static_cast<std::int64_t>(count)); }
  void map_header(std::size_t pairs) {
    resp3_ ? number('%', static_cast<std::int64_t>(pairs)) : array_header(pairs * 2);
  }
  void set_header(std::size_t count) {
    resp3_ ? number('~', static_cast<std::int64_t>(count)) : array_header(count);
  }
  // What is said about the reply that follows; RESP2 has no such thing.
  void attribute_header(std::size_t pairs) { number('|', static_cast<std::int64_t>(pairs)); }
  void push_header(std::size_t count) {
    resp3_ ? number('>', static_cast<std::int64_t>(count)) : array_header(count);
  }
  void real(double value) {
    const std::string text = format_double(value);
    resp3_ ? line(',', text) : bulk(text);
  }
  // A number already formatted as text.
  void real_text(std::string_view text) { resp3_ ? line(',', text) : bulk(text); }
  void boolean(bool value) {
    resp3_ ? append(value ? "#t\r\n" : "#f\r\n") : append(value ? ":1\r\n" : ":0\r\n");
  }
  void big_number(std::string_view digits) { resp3_ ? line('(', digits) : bulk(digits); }
  // `format` is three characters, "txt" or "mkd".
  void verbatim(std::string_view format, std::string_view text) {
    if (!resp3_) return bulk(text);
    number('=', static_cast<std::int64_t>(text.size() + 4));
    out_.append(format).append(":").append(text).append("\r\n", 2);
  }
  // Bytes that already are a whole reply.
  void raw(std::string_view bytes) { out_.append(bytes); }

  // For a reply whose length is known only at its end: remember the place, write the elements,
  // then put the header in front of them.
  std::size_t mark() const { return out_.size(); }
  std::string_view since(std::size_t mark) const { return std::string_view(out_).substr(mark); }
  void insert_array_header(std::size_t mark, std::size_t count) { insert_header(mark, '*', count); }
  void insert_map_header(std::size_t mark, std::size_t pairs) {
    insert_header(mark, resp3_ ? '%' : '*', resp3_ ? pairs : pairs * 2);
  }

  void insert_set_header(std::size_t mark, std::size_t count) {
    insert_header(mark, resp3_ ? '~' : '*', count);
  }

  // Takes back what was written since.
  void cut(std::size_t mark) { out_.resize(mark); }

  // What would make the output larger than this is left out: a few bytes of a command can ask for a
  // value a million times. The reply is then worth nothing: see `end_call`.
  void set_limit(std::size_t bytes) { limit_ = bytes; }
  // To be called after each call, with the mark from before it: if its reply was too large, an
  // error takes its place.
  void end_call(std::size_t mark) {
    if (!overflowed_) return;
    overflowed_ = false;
    cut(mark);
    out_.shrink_to_fit();  // it was as large as it may be
    // Room for the error, also where an earlier capacity let the output get above the limit.
    limit_ = std::max(limit_, out_.size()) + kReplyTooLarge.size() + 3;
    error(kReplyTooLarge);
  }

  // Errors written so far; tells whether a command failed.
  std::uint32_t errors() const { return errors_; }

  void wrong_type() { error(kWrongType); }
  void syntax_error() { error(kSyntaxError); }

 private:
  static std::size_t write_number(char* target, char type, std::uint64_t value) {
    if (value < 10) {
      target[0] = type;
      target[1] = static_cast<char>('0' + value);
      target[2] = '\r';
      target[3] = '\n';
      return 4;
    }
    return write_long_number(target, type, static_cast<std::int64_t>(value));
  }
  static std::size_t write_long_number(char* target, char type, std::int64_t value) {
    char digits[kMaxInt64Chars + 4];
    const std::size_t size = format_int64(digits, value);
    target[0] = type;
    std::memcpy(target + 1, digits, size);
    target[size + 1] = '\r';
    target[size + 2] = '\n';
    return size + 3;
  }
  void number(char type, std::int64_t value) {
    char text[kMaxInt64Chars + 8];
    const std::size_t size = value >= 0 && value < 10
                                 ? write_number(text, type, static_cast<std::uint64_t>(value))
                                 : write_long_number(text, type, value);
    out_.append(text, size);
  }
  void append(std::string_view text) { out_.append(text); }
  void line(char type, std::string_view text) { append_parts({&type, 1}, text); }
  // One growth check for header, body and line end.
  void append_parts(std::string_view header, std::string_view body) {
    const std::size_t old_size = out_.size();
    const std::size_t new_size = old_size + header.size() + body.size() + 2;
    if (out_.capacity() < new_size && !grow(new_size)) return;
    out_.resize_and_overwrite(new_size, [&](char* data, std::size_t size) {
      char* at = data + old_size;
      std::memcpy(at, header.data(), header.size());
      at += header.size();
      std::memcpy(at, body.data(), body.size());
      at += body.size();
      at[0] = '\r';
      at[1] = '\n';
      return size;
    });
  }
  bool grow(std::size_t new_size) {
    if (overflowed_ || new_size > limit_) {
      overflowed_ = true;
      return false;
    }
    out_.reserve(std::min(new_size + new_size / 2, std::max(limit_, new_size)));
    return true;
  }
  void insert_header(std::size_t mark, char type, std::size_t count) {
    char text[kMaxInt64Chars + 8];
    out_.insert(mark, text, write_number(text, type, count));
  }

  std::string& out_;
  bool resp3_;
  bool overflowed_ = false;
  std::uint32_t errors_ = 0;
  std::size_t limit_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace octavo::keyspace
