#pragma once

// filemd5: the MD5 of a file that GridFS keeps in chunks.

#include "base/result.h"
#include "protocol/mongodb/command/reply.h"

namespace octavo::mongodb {

class CommandCall;

Status may_hash_file(CommandCall& call);
Result<Reply> run_file_md5(CommandCall& call);

}  // namespace octavo::mongodb
