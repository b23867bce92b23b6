/*{
	"DESCRIPTION": "Light, contrast and colour of the whole picture, in linear light.",
	"CREDIT": "latentjockey",
	"ISFVSN": "2",
	"CATEGORIES": ["Color"],
	"INPUTS": [
		{"NAME": "inputImage", "TYPE": "image"},
		{"NAME": "exposure", "LABEL": "Exposure", "TYPE": "float", "MIN": -3.0, "MAX": 3.0, "DEFAULT": 0.0},
		{"NAME": "contrast", "LABEL": "Contrast", "TYPE": "float", "MIN": 0.0, "MAX": 2.0, "DEFAULT": 1.2},
		{"NAME": "middle", "LABEL": "Middle", "TYPE": "float", "MIN": -1.0, "MAX": 1.0, "DEFAULT": 0.0},
		{"NAME": "lift", "LABEL": "Lift", "TYPE": "float", "MIN": -0.25, "MAX": 0.25, "DEFAULT": 0.0},
		{"NAME": "saturation", "LABEL": "Saturation", "TYPE": "float", "MIN": 0.0, "MAX": 2.0, "DEFAULT": 1.25},
		{"NAME": "warmth", "LABEL": "Warmth", "TYPE": "float", "MIN": -1.0, "MAX": 1.0, "DEFAULT": 0.1},
		{"NAME": "tint", "LABEL": "Tint", "TYPE": "float", "MIN": -1.0, "MAX": 1.0, "DEFAULT": 0.0},
		{"NAME": "hue", "LABEL": "Hue", "TYPE": "float", "MIN": -180.0, "MAX": 180.0, "DEFAULT": 0.0}
	]
}*/

// Contrast is a power about this grey, so that it turns there: below 0 the picture is its own negative.
const float PIVOT = 0.18;

vec3 toLinear(vec3 c) {
	vec3 a = abs(c);
	return sign(c) * mix(a / 12.92, pow((a + 0.055) / 1.055, vec3(2.4)), vec3(greaterThan(a, vec3(0.04045))));
}

vec3 fromLinear(vec3 c) {
	vec3 a = abs(c);
	return sign(c) * mix(a * 12.92, 1.055 * pow(a, vec3(1.0 / 2.4)) - 0.055, vec3(greaterThan(a, vec3(0.0031308))));
}

vec3 turnHue(vec3 c, float degrees) {
	float s = sin(radians(degrees));
	float k = (1.0 - cos(radians(degrees))) / 3.0;
	float t = s * 0.57735026919;
	float d = 1.0 - 2.0 * k;
	return mat3(d, k + t, k - t, k - t, d, k + t, k + t, k - t, d) * c;
}

// A power that is at home everywhere: the sign is kept, nothing is 0 to a negative power.
vec3 power(vec3 c, float p) {
	vec3 side = step(0.0, c) * 2.0 - 1.0;
	return p == 1.0 ? c : side * exp2(clamp(p * log2(max(abs(c), 1e-6)), -40.0, 15.0));
}

void main() {
	vec4 said = IMG_THIS_PIXEL(inputImage);
	vec3 c = toLinear(said.rgb);
	c *= exp2(clamp(exposure, -30.0, 15.0));
	c *= exp2(clamp(vec3(warmth * 0.5, -tint * 0.5, -warmth * 0.5), -15.0, 15.0));
	c = power(c / PIVOT, contrast) * PIVOT;
	float light = dot(c, vec3(0.2126, 0.7152, 0.0722));
	c = light + (c - light) * saturation;
	c = turnHue(c, hue);
	c = fromLinear(clamp(c, -30000.0, 30000.0));
	c = power(c, exp2(clamp(-middle, -20.0, 20.0)));
	c += lift * (1.0 - c);
	gl_FragColor = vec4(c, said.a);
}
