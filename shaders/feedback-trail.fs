/*{
	"DESCRIPTION": "The picture leaves a trail that grows, turns, drifts and changes its colour while it fades. In linear light.",
	"CREDIT": "latentjockey",
	"ISFVSN": "2",
	"CATEGORIES": ["Feedback", "Time"],
	"INPUTS": [
		{"NAME": "inputImage", "TYPE": "image"},
		{"NAME": "amount", "LABEL": "Trail", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.92},
		{"NAME": "glow", "LABEL": "Glow", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.9},
		{"NAME": "zoom", "LABEL": "Zoom", "TYPE": "float", "MIN": -0.1, "MAX": 0.1, "DEFAULT": 0.015},
		{"NAME": "turn", "LABEL": "Turn", "TYPE": "float", "MIN": -10.0, "MAX": 10.0, "DEFAULT": 0.6},
		{"NAME": "drift_x", "LABEL": "Drift across", "TYPE": "float", "MIN": -0.05, "MAX": 0.05, "DEFAULT": 0.0},
		{"NAME": "drift_y", "LABEL": "Drift up", "TYPE": "float", "MIN": -0.05, "MAX": 0.05, "DEFAULT": 0.0},
		{"NAME": "hue", "LABEL": "Hue shift", "TYPE": "float", "MIN": -30.0, "MAX": 30.0, "DEFAULT": 3.0}
	],
	"PASSES": [
		{"TARGET": "trail", "PERSISTENT": true, "FLOAT": true},
		{}
	]
}*/

// zoom, turn (degrees), drift (picture heights) and hue (degrees) are what happens to the trail with each frame.

// What fades away has to arrive: below half a level of the darkest grey there is nothing.
const float NOTHING = 0.0001;

vec3 toLinear(vec3 c) {
	vec3 a = abs(c);
	return sign(c) * mix(a / 12.92, pow((a + 0.055) / 1.055, vec3(2.4)), vec3(greaterThan(a, vec3(0.04045))));
}

vec3 fromLinear(vec3 c) {
	vec3 a = abs(c);
	return sign(c) * mix(a * 12.92, 1.055 * pow(a, vec3(1.0 / 2.4)) - 0.055, vec3(greaterThan(a, vec3(0.0031308))));
}

// Turns colours about the grey axis: red to green to blue, light stays light.
vec3 turnHue(vec3 c, float degrees) {
	float s = sin(radians(degrees));
	float k = (1.0 - cos(radians(degrees))) / 3.0;
	float t = s * 0.57735026919;
	float d = 1.0 - 2.0 * k;
	return mat3(d, k + t, k - t, k - t, d, k + t, k + t, k - t, d) * c;
}

// Light to the fourth power, so that the lighter of two wins clearly and without an edge.
float brightness(vec3 c) {
	float light = dot(abs(c), vec3(0.2126, 0.7152, 0.0722));
	return light * light * light * light;
}

float strongest(vec3 c) {
	return max(abs(c.r), max(abs(c.g), abs(c.b)));
}

vec2 before(vec2 here) {
	float aspect = RENDERSIZE.x / RENDERSIZE.y;
	vec2 p = (here - 0.5) * vec2(aspect, 1.0) - vec2(drift_x, drift_y);
	float angle = radians(turn);
	p = mat2(cos(angle), -sin(angle), sin(angle), cos(angle)) * p * exp(-clamp(zoom, -20.0, 20.0));
	return p / vec2(aspect, 1.0) + 0.5;
}

void main() {
	if (PASSINDEX == 1) {
		gl_FragColor = vec4(fromLinear(IMG_THIS_PIXEL(trail).rgb), 1.0);
		return;
	}
	vec3 live = toLinear(IMG_THIS_PIXEL(inputImage).rgb);
	vec2 p = before(isf_FragNormCoord);
	vec3 old = turnHue(IMG_NORM_PIXEL(trail, p).rgb, hue);
	// Beyond the edge there is no light: faded over one pixel, so that no streaks are drawn in from the border.
	vec2 inside = clamp((0.5 - abs(p - 0.5)) * RENDERSIZE + 0.5, 0.0, 1.0);
	old *= inside.x * inside.y;
	old *= vec3(greaterThan(abs(old), vec3(NOTHING)));
	vec3 smear = live + (old - live) * amount;
	// Of the two the lighter one is seen, as a whole: channel by channel every trail would end in white.
	float mine = brightness(live);
	float trailing = brightness(old * amount);
	vec3 light = mix(live, old * amount, trailing / max(mine + trailing, 1e-24));
	vec3 now = mix(smear, light, glow);
	// A trail of more than 1 grows until its strongest colour is full, and keeps its hue: it burns, but never to white.
	float ceiling = max(1.0, strongest(live));
	now *= ceiling / max(ceiling, strongest(now));
	gl_FragColor = vec4(now, 1.0);
}
