"""What reaches the instrument from outside: OSC and MIDI. The only package that imports pythonosc or rtmidi."""
