# The compiler of everything that runs on a Cortex-M7: the module's firmware and the
# bench's images.

PREFIX := arm-none-eabi-
CPU := -mcpu=cortex-m7 -mthumb -mfpu=fpv5-d16 -mfloat-abi=hard
CXXFLAGS := $(CPU) -std=c++17 -O2 -ffp-contract=off -fno-exceptions -fno-rtti \
  -fno-threadsafe-statics -ffunction-sections -fdata-sections -Wall -Wextra -Werror \
  -g -iquote .. -ffile-prefix-map=$(abspath ..)/=
LDFLAGS := $(CPU) -nostartfiles --specs=nano.specs \
  -Wl,--gc-sections,--fatal-warnings,--no-warn-rwx-segments
