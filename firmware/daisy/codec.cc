#include "firmware/daisy/codec.h"

#include "firmware/daisy/gpio.h"
#include "firmware/daisy/i2c.h"
#include "firmware/daisy/wait.h"

namespace tombola {
namespace {

// The same pin is the AK4556's reset, the PCM3060's de-emphasis switch and the
// WM8731's data line.
constexpr Pin kCodecPin = {'B', 11, -1, false};

// AK4556 data sheet, "Power-down & Reset": PDN low for at least 150 ns.
void ResetAk4556() {
  MakeOutput(kCodecPin);
  Write(kCodecPin, false);
  DelayMicroseconds(1000);
  Write(kCodecPin, true);
  DelayMicroseconds(1000);
}

// Hardware mode needs no set-up; low is no de-emphasis (PCM3060 data sheet).
void SetUpPcm3060() {
  MakeOutput(kCodecPin);
  Write(kCodecPin, false);
}

// WM8731 data sheet, "Register map". Seven bits of register, nine of value.
struct Wm8731Setting {
  uint8_t number;
  uint16_t value;
};

constexpr Wm8731Setting kWm8731Settings[] = {
    {0x0f, 0x000},  // reset
    {0x00, 0x017},  // left line in 0 dB, not muted
    {0x01, 0x017},  // right line in
    {0x02, 0x000},  // left headphone muted; the Seed uses the line outputs
    {0x03, 0x000},  // right headphone
    {0x04, 0x012},  // DAC to the output, line in to the ADC, microphone muted
    {0x05, 0x000},  // high-pass on, no de-emphasis, DAC not muted
    {0x06, 0x062},  // microphone, oscillator and clock output off
    {0x07, 0x009},  // slave, 24 bits, left-justified
    {0x08, 0x000},  // normal mode, 256 times 48 kHz
    {0x09, 0x001},  // active
};

bool SetUpWm8731() {
  constexpr uint8_t kAddress = 0x1a;  // CSB is tied low
  InitI2c2({'H', 4, -1, false}, kCodecPin);
  for (const Wm8731Setting& setting : kWm8731Settings) {
    const uint8_t bytes[] = {
        static_cast<uint8_t>(setting.number << 1 | setting.value >> 8),
        static_cast<uint8_t>(setting.value)};
    if (!WriteI2c2(kAddress, bytes, sizeof(bytes))) return false;
    DelayMicroseconds(10'000);  // the outputs' bias settles after power changes
  }
  return true;
}

}  // namespace

Error InitCodec(Board board) {
  switch (board) {
    case Board::kAk4556:
      ResetAk4556();
      return Error::kNone;
    case Board::kPcm3060:
      SetUpPcm3060();
      return Error::kNone;
    case Board::kWm8731:
      return SetUpWm8731() ? Error::kNone : Error::kCodec;
  }
  return Error::kCodec;
}

}  // namespace tombola
