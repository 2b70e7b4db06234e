// What commands do with their keys, in the words of Redis's key specifications.

#include "base/text.h"
#include "protocol/redis/command/command_description.h"

namespace octavo::redis {
namespace {

struct Row {
  std::string_view first;  // of the first key
  std::string_view rest;   // of the others
  std::string_view commands;
};

constexpr Row kRows[] = {
    {"RW insert", "RW insert", "append hsetnx linsert lpush lpushx pfadd rpush rpushx sadd"},
    {"RW access update", "RW access update",
     "bitfield decr decrby getex getset hincrby hincrbyfloat incr incrby incrbyfloat move setbit "
     "zincrby"},
    {"OW update", "RO access",
     "bitop geosearchstore sdiffstore sunionstore zdiffstore zinterstore zrangestore zunionstore"},
    {"RW update", "RO access", "sinterstore"},
    {"RW access delete", "RW insert", "blmove brpoplpush lmove rpoplpush smove"},
    {"RW access delete", "RW access delete",
     "blmpop blpop brpop bzmpop bzpopmax bzpopmin getdel lmpop lpop rpop spop zmpop zpopmax "
     "zpopmin"},
    {"RM delete", "RM delete", "del unlink"},
    {"RO", "RO",
     "exists hexists hlen hstrlen llen memory object scard sismember strlen touch type watch xlen "
     "zcard"},
    {"RW update", "RW update",
     "expire expireat geoadd hmset hset lset persist pexpire pexpireat setrange xack xadd xclaim "
     "xgroup xsetid zadd"},
    {"RO access", "OW update", "copy georadius georadiusbymember sort"},
    {"RW delete", "RW delete",
     "hdel lrem ltrim srem xautoclaim xdel xtrim zrem zremrangebylex zremrangebyrank "
     "zremrangebyscore"},
    {"OW update", "OW update", "mset psetex restore set setex"},
    {"OW insert", "OW insert", "msetnx setnx"},
    {"RW access insert", "RO access", "pfmerge"},
    {"RW access delete", "OW update", "rename"},
    {"RW access delete", "OW insert", "renamenx"},
};
constexpr std::string_view kOtherFlags = "RO access";

}  // namespace

std::vector<std::string_view> key_flags(const keyspace::CommandSpec& spec, std::size_t key) {
  for (const Row& row : kRows) {
    for (const std::string_view name : split_words(row.commands)) {
      if (name == spec.name) return split_words(key == 0 ? row.first : row.rest);
    }
  }
  return split_words(kOtherFlags);
}

}  // namespace octavo::redis
