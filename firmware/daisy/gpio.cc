#include "firmware/daisy/gpio.h"

#include "firmware/daisy/registers.h"

namespace tombola {
namespace {

// RM0433, GPIOx_MODER.
enum Mode : uint32_t { kInput, kOutput, kAlternate, kAnalog };

void SetPair(Register& pairs, const Pin& pin, uint32_t value) {
  Modify(pairs, Field(3, 2 * pin.number), Field(value, 2 * pin.number));
}

}  // namespace

void InitGpio() {
  // RM0433, RCC_AHB4ENR: one bit a port, from GPIOA on. The read gives the
  // clock time to arrive.
  constexpr char kPorts[] = {'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'};
  uint32_t enable = 0;
  for (char port : kPorts) enable |= Bit(port - 'A');
  rcc().ahb4enr |= enable;
  (void)rcc().ahb4enr;
}

void MakeInput(const Pin& pin, Pull pull) {
  Gpio& port = gpio(pin.port);
  SetPair(port.pupdr, pin, static_cast<uint32_t>(pull));
  SetPair(port.moder, pin, kInput);
}

void MakeOutput(const Pin& pin) {
  Gpio& port = gpio(pin.port);
  SetPair(port.pupdr, pin, 0);
  port.otyper &= ~Bit(pin.number);
  SetPair(port.ospeedr, pin, 0);
  SetPair(port.moder, pin, kOutput);
}

void MakeAnalog(const Pin& pin) {
  Gpio& port = gpio(pin.port);
  SetPair(port.pupdr, pin, 0);
  SetPair(port.moder, pin, kAnalog);
}

void MakeAlternate(const Pin& pin, int function, bool open_drain, Pull pull) {
  Gpio& port = gpio(pin.port);
  const int place = 4 * (pin.number % 8);
  Modify(port.afr[pin.number / 8], Field(15, place),
         Field(static_cast<uint32_t>(function), place));
  Modify(port.otyper, Bit(pin.number), open_drain ? Bit(pin.number) : 0);
  SetPair(port.pupdr, pin, static_cast<uint32_t>(pull));
  SetPair(port.ospeedr, pin, 1);  // medium: 60 MHz, the master clock is 12 MHz
  SetPair(port.moder, pin, kAlternate);
}

bool Read(const Pin& pin) {
  return (gpio(pin.port).idr & Bit(pin.number)) != 0;
}

void Write(const Pin& pin, bool high) {
  gpio(pin.port).bsrr = high ? Bit(pin.number) : Bit(pin.number + 16);
}

}  // namespace tombola
