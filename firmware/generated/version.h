// Generated from tombola/__init__.py (484ff479edfca007) by:
//   python firmware/schema/generate.py
#pragma once

namespace tombola {

constexpr char kVersion[] = "0.1.0";

}  // namespace tombola
