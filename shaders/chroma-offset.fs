/*{
	"DESCRIPTION": "Red and blue leave green in opposite directions, along a line or away from the middle, as light does in a poor lens.",
	"CREDIT": "latentjockey",
	"ISFVSN": "2",
	"CATEGORIES": ["Color", "Glitch"],
	"INPUTS": [
		{"NAME": "inputImage", "TYPE": "image"},
		{"NAME": "amount", "LABEL": "Offset", "TYPE": "float", "MIN": -0.1, "MAX": 0.1, "DEFAULT": 0.008},
		{"NAME": "turn", "LABEL": "Direction", "TYPE": "float", "MIN": -180.0, "MAX": 180.0, "DEFAULT": 0.0},
		{"NAME": "lens", "LABEL": "Lens", "TYPE": "float", "MIN": -0.2, "MAX": 0.2, "DEFAULT": 0.02},
		{"NAME": "centre", "LABEL": "Centre", "TYPE": "point2D", "MIN": [0.0, 0.0], "MAX": [1.0, 1.0], "DEFAULT": [0.5, 0.5]},
		{"NAME": "smear", "LABEL": "Smear", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.0}
	]
}*/

// Offset is in picture heights, lens in shares of the distance to the centre. Smear draws the colours between the
// ghosts as well, as a prism would.

const int TAPS = 9;

vec2 mirrored(vec2 p) {
	return 1.0 - abs(mod(p, 2.0) - 1.0);
}

void main() {
	vec2 shape = vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0);
	vec2 here = isf_FragNormCoord;
	vec2 away = amount * vec2(cos(radians(turn)), sin(radians(turn))) / shape + (here - centre) * lens;
	vec4 green = IMG_NORM_PIXEL(inputImage, here);
	float red = IMG_NORM_PIXEL(inputImage, mirrored(here - away)).r;
	float blue = IMG_NORM_PIXEL(inputImage, mirrored(here + away)).b;
	vec3 c = vec3(red, green.g, blue);
	vec3 sum = vec3(0.0);
	vec3 weights = vec3(1e-9);
	int taps = smear == 0.0 ? 0 : TAPS;
	for (int i = 0; i < taps; ++i) {
		float at = float(i) / float(TAPS - 1) * 2.0 - 1.0; // -1 red, 0 green, 1 blue
		vec3 w = max(1.0 - abs(vec3(at + 1.0, at, at - 1.0)), 0.0);
		sum += w * IMG_NORM_PIXEL(inputImage, mirrored(here + away * at)).rgb;
		weights += w;
	}
	c = mix(c, sum / weights, smear);
	gl_FragColor = vec4(c, green.a);
}
