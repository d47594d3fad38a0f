// General-purpose pins.
#pragma once

#include <cstdint>

#include "firmware/generated/panel.h"

namespace tombola {

enum class Pull { kNone = 0, kUp = 1 };

// Clocks the ports that have a header pin, the codec or the flash: A to H.
void InitGpio();

void MakeInput(const Pin& pin, Pull pull);
void MakeOutput(const Pin& pin);  // push-pull, slow edges
void MakeAnalog(const Pin& pin);
// Push-pull, or open drain for a bus; `function` is AF0 to AF15.
void MakeAlternate(const Pin& pin, int function, bool open_drain = false,
                   Pull pull = Pull::kUp);

bool Read(const Pin& pin);
void Write(const Pin& pin, bool high);

}  // namespace tombola
