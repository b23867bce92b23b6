/*{
	"DESCRIPTION": "What is bright shines over its edge: a near glow and a wide one, in linear light.",
	"CREDIT": "latentjockey",
	"ISFVSN": "2",
	"CATEGORIES": ["Blur", "Light"],
	"INPUTS": [
		{"NAME": "inputImage", "TYPE": "image"},
		{"NAME": "amount", "LABEL": "Bloom", "TYPE": "float", "MIN": 0.0, "MAX": 2.0, "DEFAULT": 0.5},
		{"NAME": "threshold", "LABEL": "From", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.65},
		{"NAME": "spread", "LABEL": "Size", "TYPE": "float", "MIN": 0.0, "MAX": 2.0, "DEFAULT": 1.0},
		{"NAME": "wide", "LABEL": "Near or wide", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5},
		{"NAME": "colour", "LABEL": "Colour", "TYPE": "color", "DEFAULT": [1.0, 0.92, 0.85, 1.0]}
	],
	"PASSES": [
		{"TARGET": "bright", "WIDTH": "max(floor($WIDTH/4.0), 1.0)", "HEIGHT": "max(floor($HEIGHT/4.0), 1.0)", "FLOAT": true},
		{"TARGET": "nearAcross", "WIDTH": "max(floor($WIDTH/4.0), 1.0)", "HEIGHT": "max(floor($HEIGHT/4.0), 1.0)", "FLOAT": true},
		{"TARGET": "near", "WIDTH": "max(floor($WIDTH/4.0), 1.0)", "HEIGHT": "max(floor($HEIGHT/4.0), 1.0)", "FLOAT": true},
		{"TARGET": "farAcross", "WIDTH": "max(floor($WIDTH/16.0), 1.0)", "HEIGHT": "max(floor($HEIGHT/16.0), 1.0)", "FLOAT": true},
		{"TARGET": "far", "WIDTH": "max(floor($WIDTH/16.0), 1.0)", "HEIGHT": "max(floor($HEIGHT/16.0), 1.0)", "FLOAT": true},
		{}
	]
}*/

const int REACH = 4;

vec3 toLinear(vec3 c) {
	vec3 a = abs(c);
	return sign(c) * mix(a / 12.92, pow((a + 0.055) / 1.055, vec3(2.4)), vec3(greaterThan(a, vec3(0.04045))));
}

vec3 fromLinear(vec3 c) {
	vec3 a = abs(c);
	return sign(c) * mix(a * 12.92, 1.055 * pow(a, vec3(1.0 / 2.4)) - 0.055, vec3(greaterThan(a, vec3(0.0031308))));
}

// What is left of a colour above the threshold, its hue kept.
vec3 shine(vec2 p) {
	vec3 c = IMG_NORM_PIXEL(inputImage, p).rgb;
	float top = max(c.r, max(c.g, c.b));
	return toLinear(c) * max(top - threshold, 0.0) / max(top, 1e-4);
}

// A bell of nine, two picture points of the target apart at spread 1.
vec3 blurred(sampler2D image, vec2 p, vec2 direction) {
	vec2 d = direction * spread / RENDERSIZE;
	vec3 sum = vec3(0.0);
	float weights = 0.0;
	for (int i = -REACH; i <= REACH; ++i) {
		float w = exp(-0.2 * float(i * i));
		sum += w * IMG_NORM_PIXEL(image, p + float(i) * d).rgb;
		weights += w;
	}
	return sum / weights;
}

void main() {
	vec2 p = isf_FragNormCoord;
	vec3 c = vec3(0.0);
	if (PASSINDEX == 0) {
		vec2 d = 0.25 / RENDERSIZE;
		c = 0.25 * (shine(p + d) + shine(p - d) + shine(p + vec2(d.x, -d.y)) + shine(p - vec2(d.x, -d.y)));
	} else if (PASSINDEX == 1) {
		c = blurred(bright, p, vec2(1.0, 0.0));
	} else if (PASSINDEX == 2) {
		c = blurred(nearAcross, p, vec2(0.0, 1.0));
	} else if (PASSINDEX == 3) {
		c = blurred(near, p, vec2(1.0, 0.0));
	} else if (PASSINDEX == 4) {
		c = blurred(farAcross, p, vec2(0.0, 1.0));
	} else {
		vec4 said = IMG_THIS_PIXEL(inputImage);
		vec3 glow = mix(IMG_NORM_PIXEL(near, p).rgb, IMG_NORM_PIXEL(far, p).rgb, wide);
		c = fromLinear(toLinear(said.rgb) + 2.0 * amount * toLinear(colour.rgb) * glow);
		gl_FragColor = vec4(c, said.a);
		return;
	}
	gl_FragColor = vec4(c, 1.0);
}
